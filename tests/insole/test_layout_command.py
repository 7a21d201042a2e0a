"""`insole layout`: every packaged layout is drawn and told; a user's file says its mistakes."""

import json
from xml.etree import ElementTree as ET

import pytest

from insole import layouts
from insole.cli import main
from insole.layouts import sizing
from insole.model.foot import REGIONS
from insole.signal.masks import NAMES

SVG = "{http://www.w3.org/2000/svg}"


def told(capsys, *words):
    code = main(["layout", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_names_every_packaged_layout_and_what_it_cannot_see(capsys):
    _, out, _ = told(capsys, "list", "--json")
    found = {one["name"]: one for one in json.loads(out)["layouts"]}
    assert list(found) == layouts.names()
    assert found["generic16"]["unobservable"] == []
    assert found["loadsol3"]["unobservable"] == ["MID", "M23", "HAL", "TOES"]
    _, plain, _ = told(capsys, "list")
    assert [line.split()[0] for line in plain.splitlines()] == layouts.names()


@pytest.mark.parametrize("name", layouts.names())
def test_every_packaged_layout_is_drawn_as_text(capsys, name):
    code, out, _ = told(capsys, "show", name)
    assert code == 0
    assert "corners of the tripod, mm: heel (" in out
    for region in REGIONS:
        assert f" {region} " in out


def test_the_text_numbers_each_sensor_on_both_feet_and_mirrors_the_left(capsys):
    _, out, _ = told(capsys, "show", "generic8")
    drawing = out[out.index("\n", out.index("area")) : out.index("1.. sensors")]
    assert all(drawing.count(str(number)) == 2 for number in range(1, 9))
    hallux = next(line for line in drawing.splitlines() if "7" in line)
    left, right = hallux.index("7"), hallux.rindex("7")
    assert right - left < len(hallux.rstrip()) / 2  # both great toes are medial


@pytest.mark.parametrize("mask", NAMES)
def test_the_picture_is_svg_with_every_sensor_region_and_anchor(capsys, tmp_path, mask):
    out = tmp_path / "foot.svg"
    code, said, _ = told(capsys, "show", "generic16", "--mask", mask, "-o", str(out), "--json")
    assert code == 0
    root = ET.fromstring(out.read_text(encoding="utf-8"))
    assert len(root.findall(f"{SVG}circle")) == 2 * 16
    assert len(root.findall(f"{SVG}path")) == 2 * 3
    texts = [element.text for element in root.iter(f"{SVG}text")]
    for region in json.loads(said)["regions"]:
        assert texts.count(region) == 2


def test_regions_of_the_document_share_out_the_whole_area(capsys):
    _, out, _ = told(capsys, "show", "pedar_y", "--mask", "PEDAR9", "--json")
    document = json.loads(out)
    regions = document["regions"].values()
    assert sum(r["area_cm2"] for r in regions) == pytest.approx(
        document["outline_area_cm2"], rel=1e-5
    )
    assert sum(r["sensor_area_cm2"] for r in regions) == pytest.approx(document["sensor_area_cm2"])
    assert sorted(n for r in regions for n in r["sensors"]) == list(range(1, 100))


def test_a_file_of_the_user_is_drawn_with_its_own_name(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "<mine> & co"\nkind = "force"\nquantity = "N"\n'
        "xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]\nlabels = ['HEEL', 'M1', 'M45']\n",
        encoding="utf-8",
    )
    picture = tmp_path / "mine.svg"
    code, _, _ = told(capsys, "show", str(file), "-o", str(picture))
    assert code == 0
    title = ET.fromstring(picture.read_text(encoding="utf-8")).find(f"{SVG}title")
    assert title is not None
    assert title.text == "<mine> & co, mask R8"
    _, out, _ = told(capsys, "show", str(file))
    assert "unobservable: no sensor" in out


def test_a_file_says_which_mask_it_is_drawn_with_and_the_command_line_goes_over_it(
    capsys, tmp_path
):
    file = tmp_path / "lee.toml"
    file.write_text(
        'name = "lee"\nkind = "force"\nquantity = "N"\nmask = "LEE4"\n'
        "xy = [[0.6, 0.15], [0.16, 0.72], [0.86, 0.62]]\n",
        encoding="utf-8",
    )
    _, out, _ = told(capsys, "show", str(file), "--json")
    assert json.loads(out)["mask"] == "LEE4"
    _, out, _ = told(capsys, "show", str(file), "--mask", "R8", "--json")
    assert json.loads(out)["mask"] == "R8"


def test_every_mistake_of_a_file_is_told_at_once(capsys, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(
        'name = "bad"\nkind = "grid"\nquantity = "kPa"\nlength_mm = 10\nmask = "nine"\n'
        "xy = [[0.5, 0.5], [3.0, 0.5]]\nlabels = ['ARCH', 'HEEL']\n",
        encoding="utf-8",
    )
    code, out, err = told(capsys, "show", str(file))
    assert code != 0
    assert not out
    for path in ("length_mm", "xy[1]", "labels[0]", "mask"):
        assert path in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show"], "which layout"),
        (["show", "nothing"], "generic16"),
        (["show", "generic8", "--mask", "nine"], "PEDAR9"),
        (["show", "generic8", "-o", "foot.png"], "foot.svg"),
    ],
)
def test_what_cannot_be_shown_is_told_with_what_can(capsys, words, said):
    code, _, err = told(capsys, *words)
    assert code != 0
    assert said in err


def test_areas_of_force_sensors_are_not_told_for_they_are_not_used(capsys):
    assert main(["layout", "show", "loadsol3"]) == 0
    said = capsys.readouterr().out
    assert "the sensors give forces" in said
    assert "cm2 of sensors" not in said
    assert "M1        13.9 cm2  sensors 2" in said


def test_the_size_of_the_link_is_told_and_what_to_do_where_it_is_too_much(capsys):
    """science.md 8.4: 235 sensors of 12 bits at 100 Hz, both feet: 564 kbit/s."""
    assert sizing.kbit_s(235, 12) == 564.0
    assert sizing.kbit_s(16, 16, feet=1) == 25.6
    large = sizing.words(235)
    assert "564 at 12 bits" in large
    assert "more than many phones take: send 8 bits" in large
    assert main(["layout", "show", "generic16"]) == 0
    small = capsys.readouterr().out.splitlines()[-1]
    assert "51.2 at 16 bits" in small
    assert "phones" not in small
    assert main(["layout", "show", "generic16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["link_kbit_s"]["12 bits"] == 38.4
