"""`python -m tests.chaos`: run the faults on the real service, one after the other, and say what held."""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests import machine
from tests.chaos.campaign import COLUMNS, Result, run
from tests.chaos.faults import FAULTS, LONG, SHORT, Fault
from tests.postgres import Postgres, postgres

LOGS = Path("chaos-logs")


def main() -> int:
    args = _arguments()
    if args.list:
        for fault in FAULTS.values():
            print(f"{fault.name:16} {fault.says}")
        return 0
    chosen = [FAULTS[name] for name in args.faults] or list(FAULTS.values())
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10_000)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        about = machine.described(Path(folder))
    console.print(f"{len(chosen)} faults, seed {seed}; the same again: python -m tests.chaos --seed {seed}")
    results: list[Result] = []
    with ExitStack() as stack:
        server: list[Postgres] = []

        def database(fault: Fault) -> Postgres | None:
            if fault.postgres and not server:
                server.append(stack.enter_context(postgres()))
            return server[0] if fault.postgres else None

        for number, (fault, with_seed) in enumerate(_turns(chosen, seed, args.minutes), 1):
            with console.status("") as status, tempfile.TemporaryDirectory(
                prefix="chaos-", ignore_cleanup_errors=True
            ) as folder:  # fmt: skip

                def say(what: str, fault: Fault = fault) -> None:
                    status.update(f"{fault.name}: {what}")

                say(fault.says)
                scale = SHORT if args.short else LONG
                result = run(fault, scale, with_seed, Path(folder), postgres=database(fault), say=say)
            results.append(result)
            _tell(console, number, result)
    console.print(_table(results))
    about["load_after"] = round(os.getloadavg()[0], 2)
    if args.json:
        said = {"version": 1, "machine": about, "seed": seed, "faults": [result.said for result in results]}
        args.json.write_text(json.dumps(said, indent=2) + "\n")
    broken = [result for result in results if result.seen.broken]
    for result in broken:
        console.print(Text(f"\n{result.fault.name}, seed {result.seed}:", style="bold"))
        for line in result.seen.broken:
            console.print(Text(f"  {line}"))
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="their names; all of them without any")
    parser.add_argument("--list", action="store_true", help="name the faults and end")
    parser.add_argument("--seed", type=int, help="for what people do and when faults strike (default: by chance)")
    parser.add_argument(
        "--minutes", type=float, help="continue with other seeds for so long (default: each fault once)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write what was seen, for a page of docs/")
    parser.add_argument("--short", action="store_true", help="less work during each fault, as the tests do")
    args = parser.parse_args()
    if unknown := [name for name in args.faults if name not in FAULTS]:
        parser.error(f"no such fault: {', '.join(unknown)}; --list names them")
    return args


def _turns(chosen: Sequence[Fault], seed: int, minutes: float | None) -> Iterator[tuple[Fault, int]]:
    """Yield each fault once, or repeat all with increasing seeds until the time is up."""
    end = time.monotonic() + (minutes or 0.0) * 60
    while True:
        for fault in chosen:
            if minutes is not None and time.monotonic() > end:
                return
            yield fault, seed
        if minutes is None:
            return
        seed += 1


def _tell(console: Console, number: int, result: Result) -> None:
    seen = result.seen
    word = Text("holds ", style="green") if not seen.broken else Text("BROKEN", style="bold red")
    figures = "".join(f"; {name}: {value:.1f}" for name, value in result.figures.items())
    says = f" {result.fault.name}: {result.fault.says}{figures} ({result.seconds:.0f} s)"
    line = Text(f"{number:3} ") + word + Text(says)
    console.print(line)
    if seen.broken:
        LOGS.mkdir(exist_ok=True)
        path = LOGS / f"{result.fault.name}-{result.seed}.log"
        path.write_text(result.log)
        console.print(Text(f"           {seen.broken[0][:200]}"))
        console.print(Text(f"           the service's log: {path}"))


def _table(results: Sequence[Result]) -> Table:
    table = Table(title="What was seen", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("fault", no_wrap=True)
    for name in (*COLUMNS.values(), "quiet after", "broken"):
        table.add_column(name, justify="right")
    for result in results:
        seen = result.seen
        counts = (str(getattr(seen, name)) for name in COLUMNS)
        broken = str(len(seen.broken)) if seen.broken else "-"
        table.add_row(result.fault.name, *counts, f"{result.quiet_after:.0f} s", broken)
    return table


if __name__ == "__main__":
    sys.exit(main())
