"""`insole layout list|show NAME`: sensor layouts, drawn and told in numbers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from insole.commands.options import add_json, output_path, print_json

if TYPE_CHECKING:
    from insole.layouts import LayoutFile
    from insole.parameters import Parameters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `layout`."""
    parser.add_argument("what", choices=("list", "show"), help="all in a line each, or one drawn")
    parser.add_argument("name", nargs="?", metavar="NAME|FILE", help="which one to show")
    parser.add_argument("-o", metavar="OUT.svg", dest="out", help="write the drawing as a picture")
    parser.add_argument(
        "--mask",
        metavar="NAME",
        help="R8, R8ML, PRC, PEDAR9 or LEE4 (default: the layout's own, R8)",
    )
    parser.add_argument("--foot", choices=("left", "right", "both"), default="both")
    parser.add_argument("--force", action="store_true", help="overwrite OUT")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List the packaged layouts, or draw one."""
    from insole import layouts
    from insole.errors import RequestError
    from insole.parameters import Parameters

    parameters = Parameters()
    if args.what == "list":
        documents = [document(layouts.read(name), parameters, "R8") for name in layouts.names()]
        if args.json:
            kept = ("name", "kind", "quantity", "sensors", "length_mm", "width_mm", "unobservable")
            short = [{key: one[key] for key in kept} for one in documents]
            print_json({"schema": "insole.layouts/1", "layouts": short})
            return 0
        for one in documents:
            unseen = ", ".join(one["unobservable"])
            size = f"{one['length_mm']:.0f} x {one['width_mm']:.0f} mm"
            print(
                f"{one['name']:<16} {one['sensors']:>4} sensors  {one['kind']:<8} "
                f"{one['quantity']:<6} {size:<14} {f'unseen: {unseen}' if unseen else ''}".rstrip()
            )
        return 0
    if not args.name:
        raise RequestError(
            "which layout",
            where="insole layout show",
            why="no name was given",
            fix="`insole layout list` names them all; a file of your own works too",
        )
    file = layouts.read(args.name)
    args.mask = args.mask or file.mask
    told = document(file, parameters, args.mask)
    _write(args, parameters)
    if args.json:
        print_json(told)
    elif args.out is None:
        _print(args, told, parameters)
    return 0


def document(file: LayoutFile, parameters: Parameters, mask: str) -> dict[str, Any]:
    """What a layout is, as `insole.layout/1`."""
    from insole.layouts import sizing
    from insole.signal import geometry
    from insole.signal.regions import mask_weight, region_map, region_polygons

    layout = file.layout()
    weight = mask_weight(layout, parameters, mask=mask)
    polygons = region_polygons(layout, parameters, mask=mask)
    regions = {
        name: {
            "area_cm2": sum(geometry.area(piece) for piece in polygons[name]) / 100.0,
            "sensors": [index + 1 for index, part in enumerate(share.tolist()) if part > 0.5],
            "sensor_area_cm2": float(layout.area_cm2 @ share),
            "observable": bool(share.any()),
        }
        for name, share in weight.items()
    }
    corners = region_map(layout, parameters).anchors_mm.tolist()
    return {
        "schema": "insole.layout/1",
        "name": layout.name,
        "kind": layout.kind,
        "quantity": file.quantity,
        "sensors": layout.sensors,
        "length_mm": layout.length_mm,
        "width_mm": layout.width_mm,
        "full_scale": layout.full_scale,
        "outline_area_cm2": geometry.area(
            layout.outline * [layout.width_mm, layout.length_mm]
        ) / 100.0,
        "sensor_area_cm2": float(layout.area_cm2.sum()),
        "link_kbit_s": {
            f"{bits} bits": sizing.kbit_s(layout.sensors, bits) for bits in sizing.BITS
        },
        "mask": mask,
        "regions": regions,
        "unobservable": [name for name, region in regions.items() if not region["observable"]],
        "anchors_mm": dict(zip(("heel", "first", "fifth"), corners, strict=True)),
        "places": [
            {"sensor": index + 1, "x": x, "y": y, "area_cm2": area,
             "label": layout.labels[index] if layout.labels else None}
            for index, ((x, y), area) in enumerate(
                zip(layout.xy.tolist(), layout.area_cm2.tolist(), strict=True)
            )
        ],
    }  # fmt: skip


def _write(args: argparse.Namespace, parameters: Parameters) -> None:
    from insole import layouts
    from insole.errors import RequestError
    from insole.layouts import drawing

    path = output_path(args.out, force=args.force)
    if path is None:
        return
    if path.suffix.lower() != ".svg":
        raise RequestError(
            f"cannot draw a '{path.suffix or path.name}'",
            where="-o",
            why="pictures of layouts are written as SVG",
            fix=f"Write -o {path.with_suffix('.svg')}; every browser shows it",
        )
    picture = drawing.svg(
        layouts.load(args.name), parameters, mask=args.mask, sides=_sides(args.foot)
    )
    path.write_text(picture, encoding="utf-8")


def _sides(foot: str) -> tuple[Any, ...]:
    from insole.model.foot import Side

    return tuple(Side) if foot == "both" else (Side(foot),)


def _print(args: argparse.Namespace, told: dict[str, Any], parameters: Parameters) -> None:
    from insole import layouts
    from insole.layouts import drawing, sizing

    layout = layouts.load(args.name)
    print(
        f"{told['name']}: {told['sensors']} sensors ({told['kind']}, {told['quantity']}), "
        f"{told['length_mm']:.1f} x {told['width_mm']:.1f} mm, mask {told['mask']}"
    )
    is_force = told["kind"] == "force"
    sensed = (
        "the sensors give forces" if is_force else f"{told['sensor_area_cm2']:.1f} cm2 of sensors"
    )
    print(f"area {told['outline_area_cm2']:.1f} cm2 inside the outline, {sensed}")
    sides = _sides(args.foot)
    for line in drawing.text(layout, parameters, mask=args.mask, sides=sides):
        print(line)
    many = layout.sensors > drawing.MOST_NUMBERED
    corners = ", ".join(f"{name} ({x:.0f}, {y:.0f})" for name, (x, y) in told["anchors_mm"].items())
    print(f"{'o sensors' if many else '1.. sensors'}, + corners of the tripod, mm: {corners}")
    letters = drawing.legend(layout, parameters, mask=args.mask)
    for name, region in told["regions"].items():
        numbers = region["sensors"]
        listed = f"{len(numbers)} sensors" if many else " ".join(map(str, numbers))
        seen = f"{region['sensor_area_cm2']:6.1f} cm2 of sensors  {listed}"
        if is_force:
            seen = f"sensors {listed}"
        print(
            f"  {letters[name]} {name:<7} {region['area_cm2']:6.1f} cm2  "
            f"{seen if region['observable'] else 'unobservable: no sensor'}"
        )
    print(sizing.words(layout.sensors))
