"""`insole metrics list|show NAME|check`: definitions, and whether doubts hold."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from insole.commands.options import add_json, print_json
from insole.metrics.spec import MetricSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `metrics`."""
    parser.add_argument(
        "what",
        choices=("list", "show", "check"),
        help="all in a line each, one whole, or how often 95 %% intervals hold the truth",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="which one to show")
    parser.add_argument("--trials", type=int, default=1000, metavar="N", help="of check")
    parser.add_argument("--activity", choices=("run", "walk", "hop"), help="of check; all three")
    parser.add_argument("--rate", type=float, metavar="HZ", help="of check; 50, 100 and 200")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print what the registry says."""
    from insole.errors import RequestError

    if args.what == "check":
        return _check(args)

    if args.what == "show" and not args.name:
        raise RequestError(
            "which metric",
            where="insole metrics show",
            why="no name was given",
            fix="`insole metrics list` names them all",
        )
    if args.what == "list":
        return _list(args)
    specs = [_named(args.name)]
    if args.json:
        print_json({"schema": "insole.metrics/1", "metrics": [asdict(spec) for spec in specs]})
        return 0
    for spec in specs:
        for key, value in asdict(spec).items():
            print(f"{key:>12}  {value}")
    return 0


def _named(name: str) -> MetricSpec:
    from insole.analysis import added_metrics
    from insole.metrics import registry

    added, _ = added_metrics()
    return next((one.spec for one in added.values() if one.spec.id == name), None) or registry.get(
        name
    )


def _list(args: argparse.Namespace) -> int:
    """Ours, then those of other packages."""
    from insole.analysis import added_metrics
    from insole.metrics import registry

    added, failed = added_metrics()
    specs = [*registry.all_metrics(), *(metric.spec for metric in added.values())]
    if args.json:
        told = [asdict(spec) for spec in specs]
        print_json({"schema": "insole.metrics/1", "metrics": told, "failed": failed})
        return 0
    for spec in specs:
        print(f"{spec.id:<28} {spec.symbol:<12} {spec.unit:<10} {spec.name}")
    for name, why in failed.items():
        print(f"{name}: not available, {why}")
    return 0


def _check(args: argparse.Namespace) -> int:
    """Simulated trials with every source of error on, against their closed forms."""
    from insole.errors import RequestError
    from insole.proving import ACTIVITIES, check

    rates = [args.rate] if args.rate else [50.0, 100.0, 200.0]
    if not (1 <= args.trials <= 100_000 and all(20.0 <= rate <= 500.0 for rate in rates)):
        raise RequestError(
            "these trials cannot be made",
            where="insole metrics check",
            why="1 to 100000 trials at 20 to 500 Hz are",
            fix="Choose other numbers",
        )
    document: list[dict[str, object]] = []
    for activity in ACTIVITIES if args.activity is None else (args.activity,):
        for rate in rates:
            found = check(activity, rate_hz=rate, trials=args.trials)
            if args.json:
                rows = [asdict(row) for row in found]
                document.append({"activity": activity, "rate_hz": rate, "metrics": rows})
                continue
            print(f"\n## {activity}, {rate:g} Hz, {args.trials} trials\n")
            print("| number | steps in | width | means in | width |\n|---|---|---|---|---|")
            for row in found:
                print(
                    f"| `{row.name}` | {percent(row.step_share)} | {plain(row.step_width)} "
                    f"| {percent(row.mean_share)} | {plain(row.mean_width)} |"
                )
    if args.json:
        print_json({"schema": "insole.coverage/1", "trials": args.trials, "checked": document})
    return 0


def percent(share: float) -> str:
    """A share for people; a dash for none."""
    return "–" if share != share else f"{100 * share:.1f} %"


def plain(width: float) -> str:
    """A width for people; a dash for none."""
    return "–" if width != width else f"{width:.3g}"
