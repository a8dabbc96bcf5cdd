"""Beside a sale's way: `firmware-bridge demo`, a trading day with a progress bar, a table and one line of figures."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from firmware_bridge.demo_arguments import NETWORKED, Wish
from firmware_bridge.demo_day import STEPS, Day
from firmware_bridge.demo_evening import Result
from firmware_bridge.demo_lan_day import LanDay
from firmware_bridge.errors import UserError
from firmware_bridge.progress import duration, speed


def run(wish: Wish) -> int:
    """Run the day; 0 when nothing was lost or doubled and all count the same cash, else 1. Raises UserError."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="firmware-bridge-demo-") as temporary:
        folder = wish.keep or Path(temporary)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made: {error.strerror}", "give another directory to --keep") from error
        if (folder / "journal.sqlite").exists():
            raise UserError(f"{folder} holds a journal already; nothing was begun", "give an empty directory to --keep")
        columns = (TextColumn("{task.description:<28}"), BarColumn(16), MofNCompleteColumn(), _Left())
        # asked here: told to colour everything, rich takes every pipe for a terminal
        quiet = wish.as_json or not sys.stderr.isatty()
        with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
            task = progress.add_task("opening", total=STEPS)

            def step(what: str) -> None:
                progress.update(task, advance=1, description=what)

            # the sandboxes' keys are never kept
            day = LanDay if wish.fiscaliser in NETWORKED else Day
            result = day(folder, Path(temporary), wish, step).run()
    if wish.as_json:
        sys.stdout.write(json.dumps(result.figures) + "\n")
    else:
        _show(console, result)
        sys.stdout.write("demo: " + " ".join(f"{key}={value}" for key, value in result.figures.items()) + "\n")
    return 0 if result.good else 1


class _Left(ProgressColumn):
    """Rate and time left, in the words that every command has for them."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        if not task.speed or task.time_remaining is None:
            return Text("")
        return Text(f"{speed(task.speed)}, {duration(task.time_remaining)} left")


def _show(console: Console, result: Result) -> None:
    table = Table(title="The day, as paper and books tell it")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for what, figure in result.rows:
        table.add_row(what, figure)
    console.print(table)
    for note in result.all_notes:
        console.print(note)
