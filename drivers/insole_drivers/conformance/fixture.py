"""The kit as a pytest fixture, for drivers that live elsewhere.

A driver's own test is

    def test_my_driver_conforms(insole_conformance):
        insole_conformance(PROTOCOL)

The fixture comes with the package; `pytest_plugins` needs not name it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from insole.model.protocol import InsoleProtocol
    from insole_drivers.conformance.grade import Report

Check: TypeAlias = "Callable[..., Report]"


@pytest.fixture
def insole_conformance() -> Check:
    """A function that grades a driver and fails the test where an item fails.

    It takes the protocol and optionally `items`, names of `kit.ITEMS`, and `known`: items that
    are known to fail. It answers with the report.
    """
    from insole_drivers.conformance.kit import check  # Bumble: only who asks pays for it

    def conforms(
        protocol: InsoleProtocol,
        *,
        items: Iterable[str] | None = None,
        known: Iterable[str] = (),
    ) -> Report:
        report = check(protocol, items=items)
        failed = {grade.item: grade.text for grade in report.failed}
        unknown = [f"{item}: {text}" for item, text in failed.items() if item not in set(known)]
        if unknown:
            pytest.fail(f"{protocol.name} does not conform\n" + "\n".join(unknown), pytrace=False)
        return report

    return conforms
