"""Documents keep their word: links lead somewhere, commands are the ones that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "*/README.md", "bench/*.md")
    for path in ROOT.glob(pattern)
    if not path.relative_to(ROOT).parts[0].startswith(".")  # an environment holds pages of others
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The names that headings of a page can be reached by."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(page):
    broken: list[str] = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def command_under(heading: str) -> str:
    """The one command line in the fenced block under a heading of the README."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", read("README.md"), re.M | re.S)
    assert section, heading
    blocks = FENCE.findall(section.group(1))
    assert len(blocks) == 1, f"'{heading}' has {len(blocks)} fenced blocks"
    lines = blocks[0].strip().splitlines()
    assert len(lines) == 1, f"the block of '{heading}' has {len(lines)} lines"
    return lines[0]


def test_the_readme_says_how_to_try_and_how_to_test_in_one_line_each():
    assert command_under("Try it") == "python3 go.py demo"
    assert command_under("Test it") == "python3 go.py test"


def test_continuous_integration_runs_the_test_command_of_the_readme():
    assert command_under("Test it") in read(".ci/run")


def test_the_readme_names_every_package_that_the_program_may_ask_for():
    (line,) = re.findall(r"^sudo apt-get install (.+)$", read("README.md"), re.MULTILINE)
    asked = {
        name
        for path in (ROOT / "gui" / "insole_gui").rglob("*.py")
        for name in re.findall(r'"(lib[a-z0-9.+-]+\d)"', path.read_text(encoding="utf-8"))
        if ".so." not in name
    }
    assert "libegl1" in asked
    assert asked <= set(line.split())
    assert line in re.sub(r'"\s+"', "", read("go.py"))


def test_every_page_is_reachable_from_the_index():
    linked = set(LINK.findall(read("docs/index.md")))
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert not pages - {link.partition("#")[0] for link in linked}


def test_documents_promise_no_medicine():
    """It is not a medical device; only the sentence that says so may use such words."""
    for page in PAGES:
        for line in page.read_text(encoding="utf-8").splitlines():
            if re.search(r"\b(diagnos\w+|injury risk|medical device)\b", line, re.I):
                assert re.search(r"\b(no|not|nor|never|none)\b", line, re.I), f"{page}: {line}"
