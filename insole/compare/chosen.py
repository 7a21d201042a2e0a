"""Which numbers are compared: which limits apply to them, how they are called, what counts."""

from __future__ import annotations

from dataclasses import dataclass

from insole.metrics import registry
from insole.model.foot import REGIONS
from insole.parameters import Parameters

INDEX = "si_"
"""Before the name of a metric: its index of symmetry, mean over strides of both feet."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One compared number.

    Attributes:
        id: of the registry; `si_` before it: its index of symmetry.
        noun: how a sentence begins.
        tags: which limits of conditions apply: `time`, `contact` (timed at a level), `push_off`,
            `po50`, `effective`, `force`, `impulse`, `newtons`, `weights`, `kpa`, `share`, `cop`,
            `peak`, `pressure`, `loading`, `cadence`, `halves` (of one contact), `between` (feet).
        unit: as people read it.
        factor: from the unit of the table to that one.
        margin: parameter with the smallest change that counts.
        more, less: what it is in B where B has more or less of it.
        digits: after the point.
    """

    id: str
    noun: str
    tags: frozenset[str]
    unit: str
    factor: float
    margin: str
    more: str
    less: str
    digits: int

    @property
    def of(self) -> str:
        """The metric of the table that it is made of."""
        return self.id.removeprefix(INDEX)

    @property
    def is_index(self) -> bool:
        """An index of symmetry, %."""
        return self.id.startswith(INDEX)

    @property
    def table_unit(self) -> str:
        """Unit of the values in the document."""
        return "%" if self.is_index else registry.get(self.id).unit

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions that need a sensor."""
        return tuple(need for need in registry.get(self.of).needs if need in REGIONS)

    def smallest_change(self, a: float, b: float, parameters: Parameters) -> float:
        """The smallest change that counts, in the unit of the values; A and B may be exchanged.

        Args:
            a: mean of A, for what counts in shares of the value.
            b: mean of B.
            parameters: of `compare.margin_*`.
        """
        number = parameters[self.margin]
        if self.is_index:
            return 100.0 * number
        if self.margin.endswith("_rel"):
            return number * 0.5 * (abs(a) + abs(b))
        return 100.0 * number if self.table_unit == "%" else number

    def shown(self, value: float) -> str:
        """A value as people read it, without its unit; never a zero with a sign."""
        text = f"{value * self.factor:.{self.digits}f}"
        return text.replace("-", "−") if float(text) else text.lstrip("-")

    def with_unit(self, value: float) -> str:
        """A difference as people read it; of shares it is one of points."""
        return f"{self.shown(value)} {'points' if self.unit == '%' else self.unit}"


_RELATIVE = {"contact": "compare.margin_contact_rel", "force": "compare.margin_force_rel"}
_ROWS = (
    # id, noun, tags, unit, factor, margin, more, less, digits
    ("contact_s", "Contact time", "time contact", "ms", 1e3, "contact", "longer", "shorter", 1),
    ("flight_s", "Flight time", "time contact", "ms", 1e3, "contact", "longer", "shorter", 1),
    ("double_support_s", "Double support", "time contact", "ms", 1e3, "contact", "longer",
     "shorter", 1),
    ("duty_factor", "Duty factor", "time contact", "%", 1e2, "contact", "higher", "lower", 1),
    ("cadence_spm", "Cadence", "time cadence", "steps a minute", 1.0, "cadence", "higher",
     "lower", 1),
    ("peak_force_N", "Largest force", "force newtons peak", "N", 1.0, "force", "higher",
     "lower", 0),
    ("peak_force_BW", "Largest force in body weights", "force weights peak", "BW", 1.0, "force",
     "higher", "lower", 2),
    ("impulse_N_s", "Impulse", "force impulse newtons", "N·s", 1.0, "force", "higher", "lower", 1),
    ("impulse_BW_s", "Impulse in body weights", "force impulse weights", "BW·s", 1.0, "force",
     "higher", "lower", 3),
    ("po50_N_s", "Push-off impulse of the late half", "force push_off po50 newtons", "N·s", 1.0,
     "force", "higher", "lower", 1),
    ("po50_BW_s", "Push-off impulse of the late half in body weights",
     "force push_off po50 weights", "BW·s", 1.0, "force", "higher", "lower", 3),
    ("po_eff_N_s", "Extension impulse", "force push_off effective newtons", "N·s", 1.0, "force",
     "higher", "lower", 1),
    ("po_eff_BW_s", "Extension impulse in body weights", "force push_off effective weights",
     "BW·s", 1.0, "force", "higher", "lower", 3),
    ("po50_share_percent", "Push-off share", "share push_off po50 halves", "%", 1.0, "share",
     "higher", "lower", 1),
    ("s_hal_percent", "Big-toe share of push-off", "share", "%", 1.0, "share", "higher", "lower",
     1),
    ("tripod_heel", "Heel share of the tripod", "share", "%", 1e2, "share", "higher", "lower", 1),
    ("tripod_first", "First-ray share of the tripod", "share", "%", 1e2, "share", "higher",
     "lower", 1),
    ("tripod_fifth", "Fifth-ray share of the tripod", "share", "%", 1e2, "share", "higher",
     "lower", 1),
    ("barycentric_heel", "Heel share by pressure centre", "share cop", "%", 1e2, "share", "higher",
     "lower", 1),
    ("barycentric_first", "First-ray share by pressure centre", "share cop", "%", 1e2, "share",
     "higher", "lower", 1),
    ("barycentric_fifth", "Fifth-ray share by pressure centre", "share cop", "%", 1e2, "share",
     "higher", "lower", 1),
    ("share_hal", "Big toe", "share", "%", 1e2, "share", "higher", "lower", 1),
    ("rearfoot_share", "Share of the rear half", "share cop", "%", 1e2, "share", "higher", "lower",
     1),
    ("cop_y_mm", "Pressure centre along the foot", "cop", "mm", 1.0, "cop", "nearer to the toes",
     "nearer to the heel", 1),
    ("peak_pressure_kPa", "Peak pressure", "force kpa peak pressure", "kPa", 1.0, "force",
     "higher", "lower", 0),
    ("valr_BW_per_s", "Mean loading rate", "force weights loading", "BW/s", 1.0, "force", "higher",
     "lower", 1),
    ("vilr_BW_per_s", "Largest loading rate", "force weights loading", "BW/s", 1.0, "force",
     "higher", "lower", 1),
)  # fmt: skip
_INDICES = (
    ("contact_s", "Symmetry of contact time", "time contact"),
    ("impulse_N_s", "Symmetry of impulse", "force impulse newtons between_scales"),
    ("flight_s", "Symmetry of flight time", "time contact between"),
)
_MARGINS = {
    "share": "compare.margin_share",
    "cop": "compare.margin_cop_mm",
    "cadence": "compare.margin_cadence_spm",
}

CHOSEN: tuple[Metric, ...] = (
    *(
        Metric(
            name, noun, frozenset(tags.split()), unit, factor,
            _RELATIVE.get(margin) or _MARGINS[margin], more, less, digits,
        )
        for name, noun, tags, unit, factor, margin, more, less, digits in _ROWS
    ),
    *(
        Metric(
            f"{INDEX}{name}", noun, frozenset((*tags.split(), "side")), "points", 1.0,
            _RELATIVE["contact" if "time" in tags else "force"],
            "farther to the right", "farther to the left", 1,
        )
        for name, noun, tags in _INDICES
    ),
)  # fmt: skip
"""In the order in which they are told."""

FORCE_CURVE = Metric(
    "force", "Force under the foot", frozenset({"force", "curve"}), "BW", 1.0,
    "compare.margin_force_rel", "higher", "lower", 2,
)  # fmt: skip
"""The curve of force; in the words of a metric."""

BY_ID = {metric.id: metric for metric in CHOSEN}
