"""A number of another package can be chosen for a tile, and its definition is shown."""

from __future__ import annotations

import numpy as np
import pytest

from insole import analysis
from insole.metrics.spec import MetricSpec
from insole.metrics.third_party import Metric
from insole.model.gait import Steps
from insole_gui.state import pins
from insole_gui.state.definition import definition
from tests.insole.test_live_board import said, watched

SPEC = MetricSpec("half_contact_s", "t/2", "Half the contact", "s", "t_c/2", "For a test.", "none")


def half(steps: Steps):
    return tuple(0.5 * one["contact_s"] for one in (steps.value, steps.u, steps.u_shared))


@pytest.fixture
def installed(monkeypatch):
    def offers(group: str):
        return ({"half": Metric(SPEC, half)} if group == "insole.metrics" else {}), []

    monkeypatch.setattr(analysis, "load_all", offers)
    pins._specs.cache_clear()
    pins.offers.cache_clear()
    yield
    pins._specs.cache_clear()
    pins.offers.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_number_of_another_package_stands_on_a_tile_with_its_definition():
    view = watched(said("run", seconds=6.0))
    assert "half_contact_s" in {offer.name for offer in pins.matching("half contact")}
    assert pins.read("half_contact_s")[0] == "half_contact_s"
    (tile,) = pins.pinned(view, ["half_contact_s"], kind="po50")
    assert (tile.name, tile.unit) == ("Half the contact", "ms")
    contact = [np.mean(foot.steps.value["contact_s"]) for foot in view.feet.values()]
    assert [side.value for side in tile.sides] == pytest.approx(
        [500.0 * one for one in contact], rel=0.02
    )
    title, rows = definition(view=view, metric="half_contact_s")
    assert title == SPEC.name
    assert "t_c/2" in dict(rows).values()
