"""What is measured, as rows; printed as tables and written as JSON."""

import dataclasses
import json
import os
import platform

import load
import prepare


@dataclasses.dataclass
class Row:
    what: str
    value: float
    unit: str
    """What it is held against in the same run."""
    against: str = ""
    against_value: float | None = None
    ratio: float | None = None
    """What must be reached, for people; none: it is reported only."""
    target: str = ""
    reached: bool | None = None
    loads: list = dataclasses.field(default_factory=list)


def compared(what, value, unit, against, against_value, *, at_least=None, at_most=None, loads=()):
    """A row with the ratio of both, which must be at least or at most something, or nothing in particular."""
    ratio = value / against_value if against_value else float("inf")
    target, reached = "", None
    if at_least is not None:
        target, reached = f"ratio at least {at_least}", ratio >= at_least
    if at_most is not None:
        target, reached = f"ratio at most {at_most}", ratio <= at_most
    return Row(what, value, unit, against, against_value, ratio, target, reached, list(loads))


def bounded(what, value, unit, at_most, loads=()):
    return Row(what, value, unit, target=f"at most {at_most:g} {unit}", reached=value <= at_most, loads=list(loads))


def _number(value, unit=""):
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()


def _table(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    for line in [head, ["-" * width for width in widths], *lines]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def _print_rows(rows):
    verdicts = {True: "reached", False: "MISSED", None: ""}
    _table(["what", "measured", "against", "", "ratio", "must reach", ""], [
        [row.what, _number(row.value, row.unit), row.against, _number(row.against_value, row.unit),
         "" if row.ratio is None else f"{row.ratio:.2f}", row.target, verdicts[row.reached]] for row in rows])


def _print_loads(loads):
    head = ["load", "connections", "requests/s", "p50 us", "p99 us"]
    head += ["server", "generator", "others", "refused", "broken"]
    _table(head, [
        [one.name, str(one.connections), f"{one.per_second:,.0f}", f"{one.p50_us:,.0f}", f"{one.p99_us:,.0f}",
         f"{one.server_share:.0%}", f"{one.generator_share:.0%}", f"{one.other_share:.0%}",
         str(round(one.refused) or ""), str(round(one.broken) or "")] for one in loads])


def show(rows, failures, seconds, rounds):
    loads = [one for row in rows for one in row.loads]
    machine = {"cores": load.CORES, "kind": platform.machine(), "system": platform.platform(),
               "load_average": os.getloadavg()}
    print(f"{machine['cores']} cores, {machine['kind']}, load average {machine['load_average'][0]:.1f} at the end; "
          f"medians of {rounds} runs of {seconds} s, side by side")
    print()
    _print_rows(rows)
    print()
    print("The loads, and how much of all cores was used: by the program that answers, by the generator, and by\n"
          "others: the simulated cloud and TLS where they take part, and whatever the machine did besides.")
    _print_loads(loads)
    for name, failure in failures.items():
        print(f"{name} was not measured: {failure}")
    path = os.path.join(prepare.ROOT, ".build/bench.json")
    with open(path, "w") as file:
        json.dump({"machine": machine, "binary": prepare.BROKER, "seconds": seconds, "rounds": rounds,
                   "rows": [dataclasses.asdict(row) for row in rows], "not_measured": failures}, file, indent=2)
