"""Writes conformance.md: every installed driver against every item and fault.

python docs/make_conformance.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from insole import plugins
from insole.model.protocol import InsoleProtocol
from insole_drivers.conformance.grade import Report
from insole_drivers.conformance.kit import ITEMS, check
from insole_drivers.virtual.faults import FAULTS

PAGE = Path(__file__).with_name("conformance.md")
HEAD = """# Conformance of the drivers

A virtual insole of each kind, with known truth and with every fault, against its driver: over GATT,
through bleak's interface and the program's own link, with the event loop's time jumping. What is
sent comes from the encoder of the same driver, so this shows that a driver is consistent and
survives; that the encoder speaks as the real insole does is shown by the makers' vectors
(`insole decode NAME FILE --check`), where there are any. Where one connection carries both
feet, every item is asked of each.

This page is made by `python docs/make_conformance.py`; one driver: `insole driver check NAME`. A
driver of your own is checked in its own tests by the fixture `insole_conformance`, which comes with
the package:

```python
def test_my_driver_conforms(insole_conformance):
    insole_conformance(PROTOCOL)
```

✓ passes, (✓) passes with a limit that is told below, ✗ fails, – cannot be asked."""
SIGNS = {"pass": "✓", "note": "(✓)", "fail": "✗", "n/a": "–"}


def page(reports: Sequence[Report]) -> str:
    """The whole page."""
    head = ["driver", *ITEMS]
    table = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    table += [
        f"| {report.protocol} | {' | '.join(SIGNS[each.mark] for each in report.grades)} |"
        for report in reports
    ]
    asked = ["## What is asked", *(f"- **{item}**: {meaning(item)}" for item in ITEMS)]
    faults = ["## Faults of the virtual pair", "| key | what it does |", "|---|---|"]
    faults += [f"| `{key}` | {fault.meaning} |" for key, fault in sorted(FAULTS.items())]
    parts = [HEAD, "\n".join(table), *(limits(report) for report in reports)]
    return "\n\n".join([*parts, "\n".join(asked), "\n".join(faults)]).rstrip() + "\n"


def meaning(item: str) -> str:
    """The first line of the item's own words."""
    return (ITEMS[item].__doc__ or "").strip().splitlines()[0]


def limits(report: Report) -> str:
    """What is not a plain pass, in words."""
    lines = [f"## {report.title} ({report.protocol})", ""]
    marks = {each.mark for each in report.grades}
    if marks == {"n/a"}:
        return "\n".join([*lines, f"Not asked: {report.grades[0].text}."])
    lines += [
        f"- {SIGNS[each.mark]} **{each.item}**: {each.text}"
        for each in report.grades
        if each.mark != "pass"
    ]
    if marks == {"pass"}:
        lines.append("Every item passes.")
    return "\n".join(lines)


def main() -> None:
    """Check every driver that is installed and write the page."""
    good, broken = plugins.load_all("insole.protocols")
    reports: list[Report] = []
    for name, loaded in sorted(good.items()):
        protocol: InsoleProtocol = loaded
        reports.append(check(protocol))
        print(f"{name}: {len(reports[-1].failed)} failed")
    for each in broken:
        print(f"{each.name} cannot be loaded: {each.why}")
    PAGE.write_text(page(reports), encoding="utf-8")


if __name__ == "__main__":
    main()
