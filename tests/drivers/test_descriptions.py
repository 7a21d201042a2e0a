"""Descriptions: every mistake is named with its place, and what is hostile is refused."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.errors import FileError, InsoleError
from insole_drivers.described import library
from insole_drivers.described.description import BadDescription, load, loads, of_words
from tests.drivers.described_bench import CLOCK, COUNTER, LEAST, NOTIFY, insole, pressure, words


def mistakes(table, name="least"):
    with pytest.raises(BadDescription) as caught:
        of_words(table, name=name)
    return list(caught.value.mistakes)


def test_the_least_description_has_no_mistakes():
    made = insole()
    assert made.layout.sensors == 2
    assert made.description.link.notify == (NOTIFY,)


@pytest.mark.parametrize("path", sorted(library.SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_description_has_no_mistakes_and_says_where_it_is_unsure(path):
    made = load(path)
    assert made.description.about.strip()
    assert "assumed" in made.description.about


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": " "}, "title: 1 to 80"),
        ({"title": "a\x1b[31m"}, "title: 1 to 80"),
        ({"title": 3}, "title: not a text"),
        ({"title": None}, "title"),
        ({"rate_hz": 0.0}, "rate_hz: 0.1 to 500"),
        ({"rate_hz": "100"}, "rate_hz: not a number"),
        ({"rate_hz": float("nan")}, "rate_hz: not a finite number"),
        ({"integrity": "sure"}, "integrity: one of none, counter, checksum, text"),
        ({"integrity": "checksum"}, "integrity: nothing in the frame is a checksum"),
        ({"integrity": "counter"}, "integrity: nothing in the frame is a counter"),
        ({"colour": "red"}, "extra fields found (colour)"),
        ({"find": {"service": "180x"}}, "find.service: no UUID"),
        ({"find": {"service": "FFF0"}}, "find: many unrelated devices offer this service"),
        (
            {"find": {"service": "4fafc201-1fb5-459e-8fcc-c5c9c331914b"}},
            "find: many unrelated devices offer this service",
        ),
        ({"find": {"service": NOTIFY, "unadvertised": True}}, "find.name: a device that does not"),
        ({"find": {"service": NOTIFY, "name": [""]}}, "find.name[0]: 1 to 64 characters"),
        ({"find": {"service": NOTIFY, "name": "My*"}}, "find.name: not a list of texts"),
        ({"find": {"service": NOTIFY, "manufacturer": 70000}}, "find.manufacturer: 0 to 65535"),
        ({"link": {"notify": []}}, "link.notify: 1 to 4"),
        ({"link": {"notify": [NOTIFY], "optional": [NOTIFY]}}, "link.optional: the first"),
        ({"link": {"notify": [NOTIFY], "optional": ["2a19"]}}, "link.optional[0]: it is neither"),
        ({"link": {"notify": ["nothing"]}}, "link.notify[0]: no UUID"),
        ({"side": {"by": "name"}}, "side: by name, left and right say what is told"),
        ({"side": {"by": "fixed"}}, "side.foot: it belongs to by = 'fixed'"),
        ({"side": {"by": "guess"}}, "side.by: one of name, field, prefix, read, fixed, user"),
        ({"side": {"by": "field", "left": ["0"], "right": ["1"]}}, "side.by: 'field' belongs to"),
        ({"side": {"by": "prefix", "left": ["L"], "right": ["R"]}}, "side.by: 'prefix' belongs"),
        ({"side": {"by": "read", "left": ["L"], "right": ["R"]}}, "side.channel: it belongs"),
        ({"frame": {"kind": "packed"}}, "frame.size: a frame of kind 'packed' has one"),
        ({"frame": {"kind": "packed", "size": 5000}}, "frame.size: 0 to 4096"),
        ({"frame": {"kind": "packed", "size": 3}}, "frame.size: pressure ends at byte 4 of 3"),
        ({"frame": {"kind": "packed", "size": 4, "largest": 10**9}}, "frame.largest: 1 to 65536"),
        ({"frame": {"kind": "marker", "size": 4}}, "frame.marker: give either"),
        ({"frame": {"kind": "marker", "marker": "zz", "size": 4}}, "frame.marker: 1 to 16 bytes"),
        ({"frame": {"kind": "marker", "marker": "aa"}}, "frame.size: give either a size"),
        (
            {"frame": {"kind": "marker", "marker": "aa", "length": {"offset": 0}}},
            "frame.length.offset: behind the marker",
        ),
        ({"frame": {"kind": "batch", "size": 4}}, "frame.begin: a text with <n>"),
        (
            {"frame": {"kind": "packed", "size": 4, "checksum": {"type": "md5"}}},
            "frame.checksum.type: one of sum8",
        ),
        ({"start": [{"hex": "01"}]}, "start[0].to: name a characteristic"),
        ({"start": [{"to": NOTIFY}]}, "start[0]: give either hex or text"),
        ({"start": [{"to": NOTIFY, "hex": "0"}]}, "start[0].hex: at most 200 bytes"),
        (
            {"start": [{"to": NOTIFY, "text": "{__class__}"}]},
            "start[0].text: {__class__} is neither",
        ),
        (
            {"start": [{"to": NOTIFY, "text": "{time:%n}"}]},
            "start[0].text: {time:PATTERN} knows",
        ),
        ({"start": [{"to": NOTIFY, "text": "{"}]}, "start[0].text:"),
        ({"start": [{"to": NOTIFY, "append": "rate"}]}, "start[0].append: a setting's name"),
        ({"repeat": {"every_s": 0.0, "hex": "01", "to": NOTIFY}}, "repeat.every_s: 0.05 to 3600"),
        ({"settings": [{"name": "Rate", "meaning": ""}]}, "settings[0].name"),
        (
            {"settings": [{"name": "rate", "meaning": "", "choices": ["1"], "usual": "2"}]},
            "settings[0].usual: it is none of its choices",
        ),
        ({"fields": []}, "fields: 1 to 64"),
        ({"fields": [COUNTER]}, "fields: exactly one has use = 'pressure'"),
        ({"fields": [pressure(), pressure()]}, "fields: exactly one has use = 'pressure', here 2"),
        ({"fields": [pressure(count=10**9)]}, "fields[0].count: 1 to 255, here 1000000000"),
        ({"fields": [pressure(count=0)]}, "fields[0].count: 1 to 255"),
        ({"fields": [pressure(type="u99")]}, "fields[0].type: u1 to u48"),
        ({"fields": [pressure(type="f24")]}, "fields[0].type: u1 to u48"),
        ({"fields": [pressure(offset=-1)]}, "fields[0].offset: 0 to 4096"),
        ({"fields": [pressure(shift=16)]}, "fields[0].shift: 0 to 15"),
        ({"fields": [pressure(mask=0)]}, "fields[0].mask: 1 to"),
        ({"fields": [pressure(type="i16", mask=255)]}, "fields[0].mask: of unsigned integers"),
        ({"fields": [pressure(scale=-1.0)]}, "fields[0].scale"),
        ({"fields": [pressure(next_channel=1)]}, "fields[0]: next_channel and next_sample step"),
        ({"fields": [pressure(key="p")]}, "fields[0]: column and key belong to text"),
        ({"fields": [pressure(name="P 1")]}, "fields[0].name: small letters"),
        ({"fields": [pressure(per="frame"), CLOCK | {"unit": "h"}]}, "fields[1].unit: one of us"),
        ({"fields": [pressure(), COUNTER | {"type": "f32"}]}, "fields[1].type: a counter is a"),
        ({"fields": [pressure(), COUNTER | {"modulus": 1}]}, "fields[1].modulus: above 1"),
        ({"fields": [pressure(), COUNTER | {"axes": ["x"]}]}, "fields[1]: kind, channels and axes"),
        (
            {"fields": [pressure(when={"sizes": [4]})]},
            "fields[0].when: pressure is always there",
        ),
        ({"samples": {"per_frame": 300}}, "samples.per_frame: 0 to 255"),
        ({"samples": {"per_frame": 2}}, "samples.per_frame: the pressure field says per"),
        ({"sensors": {"absent": [2]}}, "sensors.absent: channels from 0 to 1"),
        ({"sensors": {"absent": [0]}}, "layout.xy: 2 sensors are placed, the frame brings 1"),
        ({"sensors": {"order": [0, 0]}}, "sensors.order: each number from 0 to 1 once"),
        ({"sensors": {"inverted": True}}, "sensors.inverted: needs adc_bits"),
        ({"sensors": {"adc_bits": 99}}, "sensors.adc_bits: 1 to 24"),
        ({"layout": {}}, "layout: xy"),
        ({"layout": {"use": "/etc/passwd"}}, "layout: use: one of "),
        ({"layout": {"use": ["generic8"]}}, "layout: use: one of "),
        ({"layout": {"use": "nowhere"}}, "layout: use: one of "),
        ({"layout": {"use": "generic8", "xy": []}}, "layout: use: beside it stand quantity"),
        ({"layout": {"xy": [[0.5, 0.5]] * 300}}, "layout: xy: at most 255 sensors"),
        ({"layout": {"xy": [[0.5, 9.0], [0.5, 0.2]]}}, "layout: xy[0]"),
        ({"layout": {"xy_mm": [[1, 2]]}}, "layout: xy_mm: pairs of numbers"),
        ({"layout": {"xy": LEAST["layout"]["xy"], "drawn_for": "both"}}, "layout: drawn_for"),
    ],
)
def test_a_mistake_is_named_with_its_place(changed, said):
    found = mistakes(words(**changed))
    assert any(each.startswith(said) for each in found), found


def test_mistakes_beside_keys_that_cannot_be_read_are_named_too():
    """A wrong word in one place does not hide what is wrong in others."""
    table = words(rate_hz=0.0, title="", fields=[pressure(count=1_000_000_000)])
    table |= {"colour": "red", "side": {"by": "colour"}}
    table["frame"] = table["frame"] | {"size": 5000, "sise": 20, "odd-key": 1}
    found = mistakes(table)
    places = {each.partition(":")[0] for each in found}
    assert {"rate_hz", "title", "fields[0].count", "frame.size", "side.by", "frame"} <= places
    assert any("colour" in each for each in found)
    assert any("odd-key" in each and "sise" in each for each in found)
    assert len(found) == len(set(found))


def test_a_table_in_which_a_key_is_unreadable_is_not_judged_further():
    """Without its `by`, patterns of the side could mean anything."""
    found = mistakes(words(side={"by": 7, "left": ["L*"], "foot": "left"}))
    assert [each.partition(":")[0] for each in found] == ["side.by"]


def test_all_mistakes_are_named_at_once():
    found = mistakes(words(rate_hz=0.0, title="", fields=[pressure(count=0)]))
    assert {each.partition(":")[0] for each in found} >= {"title", "rate_hz", "fields[0].count"}


def test_reading_keys_are_checked_too():
    motion = {"name": "motion", "use": "reading", "type": "i8", "count": 2}
    found = mistakes(words(fields=[pressure(), motion | {"channels": ["x"], "axes": ["y"]}]))
    assert "fields[1].kind: such as acceleration, gyroscope or barometer" in found
    assert "fields[1].channels: 1 names for 2 channels" in found
    assert any(each.startswith("fields[1].axes") for each in found)


@pytest.mark.parametrize("name", ["", "My", "9lives", "a b", "../x", "a" * 41])
def test_a_file_name_that_is_no_protocol_name_is_a_mistake(name):
    assert any("the file's name" in each for each in mistakes(words(), name=name))


def test_text_frames_have_columns_or_keys():
    lines = {"kind": "lines", "columns": 2}
    found = mistakes(words(frame=lines, fields=[pressure()]))
    assert any("type, offset, mask and shift belong to binary frames" in each for each in found)
    field = {"name": "pressure", "use": "pressure", "count": 2}
    assert mistakes(words(frame=lines, fields=[field | {"column": 1}])) == [
        "fields[0].column: it ends behind the 2 columns of a line"
    ]
    assert mistakes(words(frame={"kind": "json"}, fields=[field]))[0].startswith("fields[0].key")
    assert mistakes(words(frame={"kind": "json"}, fields=[field | {"keys": ["a"]}])) == [
        "fields[0].keys: 1 for count = 2"
    ]


# --- hostile files ---


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not = = toml",
        "a = " + "[" * 30_000,
        "a = " + "{a=" * 10_000,
        "n = " + "9" * 60_000,
        "[x]\n" * 2,
        "a." * 20_000 + "b = 1",
        "\x00",
        "title = '" + "a" * 60_000 + "'",
        "find = 3\nlink = 'x'\nfields = {}\n",
        "fields = [1, 2]\n",
        "[[fields]]\nname = 'a'\nuse = 'pressure'\ncount = 1e9\n",
        "find = {name = ['" + "*" * 60 + "b']}\n",
    ],
)
def test_text_that_is_no_description_is_refused_in_one_line(text):
    with pytest.raises(BadDescription) as caught:
        loads(text, name="hostile")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 4000


def test_a_file_of_100_megabytes_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    tracemalloc.start()
    with pytest.raises(BadDescription, match="larger than 64 kB"):
        load(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"title = '\xc3'"])
def test_a_file_that_is_no_text_is_refused(tmp_path, data):
    path = tmp_path / "odd.toml"
    path.write_bytes(data)
    with pytest.raises(BadDescription, match="UTF-8"):
        load(path)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(FileError, match="cannot read the description"):
        load(tmp_path / "nothing.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(FileError, match="cannot read the description"):
        load(tmp_path / "folder.toml")


def test_a_pattern_of_stars_is_matched_in_no_time():
    from insole.model.protocol import Advert
    from insole_drivers.described.protocol import DescribedProtocol

    patterns = ["*a" * 32, "*" * 63 + "b"]
    made = DescribedProtocol(insole(find={"service": NOTIFY, "name": patterns}))
    began = time.process_time()
    for _ in range(100):
        assert made.match(Advert("C0", "a" * 31 + "c" * 217, (NOTIFY,))) is None
    assert time.process_time() - began < 20.0  # a pattern that explodes takes years


table = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "use", "kind", "size", "by"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.sampled_from([*LEAST, "side", "sensors", "samples", "start", "repeat", "about"]), table)
def test_any_value_anywhere_is_taken_or_refused_in_words(key, value):
    with suppress(InsoleError):
        of_words(words() | {key: value}, name="least")


@settings(max_examples=300)
@given(
    st.sampled_from(["offset", "count", "next_channel", "next_sample", "shift", "mask", "bit"]),
    st.integers(-(2**70), 2**70),
)
def test_any_number_in_a_field_is_taken_or_refused_in_words(key, value):
    with suppress(InsoleError):
        of_words(words(fields=[pressure(**{key: value})]), name="least")
