"""Exporter "parquet": a long table of samples and a table of steps, for pandas, polars, R, DuckDB.

A row is one sample of one foot: feet need not share their times or their sensors. A cell without a
value is null. Unit, layout and the analysis without its steps are in the metadata of the samples.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from insole.extras import extra
from insole.model.foot import REGIONS
from insole_recordings.exporters.exported import (
    Exported,
    ExportedFoot,
    check_outputs,
    columns,
    exported,
    saving,
)

BLOCK_ROWS: Final = 1 << 16


class ParquetExporter:
    """Fulfils `insole.plugins.Exporter`."""

    name = "parquet"

    def write(
        self, path: Path, out: Path, *, options: dict[str, Any], force: bool = False
    ) -> list[Path]:
        """Write `OUT` and `OUT.steps.parquet` (by the stem of OUT).

        Raises:
            MissingExtra: pyarrow is not installed.
            FileError: the input cannot be read, or an output exists or cannot be written.
            RequestError: it holds no samples of a foot.
        """
        arrow, parquet = (
            extra(
                module,
                name="parquet",
                what="cannot write Parquet",
                where=str(out),
                instead="export --to csv",
            )
            for module in ("pyarrow", "pyarrow.parquet")
        )
        places = [out, out.with_name(f"{out.stem}.steps.parquet")]
        check_outputs(places, source=path, force=force)
        trial = exported(path, options)
        schema = _schema(arrow, trial)
        with saving(places[0]) as part, parquet.ParquetWriter(part, schema) as writer:
            for foot in trial.feet.values():
                for first in range(0, len(foot.time_s), BLOCK_ROWS):
                    block = slice(first, first + BLOCK_ROWS)
                    writer.write_table(_rows(arrow, schema, foot, block))
        steps = columns(trial.steps) or {"side": [""][:0]}
        table = arrow.table(
            {name: arrow.array(cells, from_pandas=True) for name, cells in steps.items()}
        )
        with saving(places[1]) as part:
            parquet.write_table(table, part)
        return places


EXPORTER = ParquetExporter()


def _schema(arrow: Any, trial: Exported) -> Any:
    most = max(foot.values.shape[1] for foot in trial.feet.values())
    document = {k: v for k, v in trial.document.items() if k not in ("steps", "curves")}
    layouts = {
        side.value: {
            "unit": foot.quantity,
            "sensors": foot.sensors,
            "layout": foot.layout.name,
            "length_mm": foot.layout.length_mm,
            "width_mm": foot.layout.width_mm,
            "xy": foot.layout.xy.tolist(),
            "area_cm2": foot.layout.area_cm2.tolist(),
        }
        for side, foot in trial.feet.items()
    }
    number = arrow.float64()
    return arrow.schema(
        [
            ("side", arrow.string()),
            ("time_s", number),
            ("quality", arrow.uint32()),
            ("force", number),
            ("cop_x_mm", number),
            ("cop_y_mm", number),
            *((f"force_{name.lower()}", number) for name in REGIONS),
            *((f"s{place}", number) for place in range(1, most + 1)),
        ],
        metadata={"insole": json.dumps({"feet": layouts, "analysis": document})},
    )


def _rows(arrow: Any, schema: Any, foot: ExportedFoot, block: slice) -> Any:
    """A block of one foot's samples; sensors that only the other foot has are null."""
    time = foot.time_s[block]
    count = len(time)
    known = [
        [foot.side.value] * count,
        time,
        foot.quality[block],
        foot.force[block],
        *foot.cop_mm[block].T,
        *foot.region[block].T,
        *foot.values[block].T,
    ]
    known += [[None] * count] * (len(schema) - len(known))
    return arrow.Table.from_arrays(
        [
            arrow.array(cells, type=field.type, from_pandas=True)
            for cells, field in zip(known, schema, strict=True)
        ],
        schema=schema,
    )
