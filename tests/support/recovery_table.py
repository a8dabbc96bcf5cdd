"""The recovery table: what may be cut when, and which tests show what the till does then.

A test belongs to a row by its name: `test_row_16a_...`. `python -m tests.support.recovery_table` prints the table.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from firmware_bridge.progress import on_terminal

TESTS = Path(__file__).parent.parent
ROW = re.compile(r"test_row_(\d+[a-c]?)_")

ROWS: Mapping[str, str] = {
    "1": "the power goes before the first commit",
    "2": "committed, nothing sent to the fiscal device",
    "3": "a fiscal receipt is open with some of its items",
    "4": "paid at the fiscal device, not closed",
    "5": "closed at the fiscal device, the answer was lost",
    "6": "fiscal, but the paper ran out",
    "7": "one more fiscal document, and it is not ours",
    "8": "several more fiscal documents, or another day at the device",
    "9": "another fiscal device answers",
    "10": "the fiscal device is silent after the restart",
    "11": "receipt printer: the till was cut in the middle of the bytes",
    "12": "receipt printer: everything was sent, the answer was lost",
    "13": "receipt printer: both lost their power",
    "14": "receipt printer without any evidence",
    "15": "paper end or cover in the middle",
    "16": "cloud register: the answer was lost",
    "16a": "cloud register: no network for hours after the request",
    "16b": "cloud register: it spent codes that we hold for free",
    "16c": "the till's clock is behind the register's",
    "17": "an offline code without a document, or a document without its code",
    "18": "the commit itself fails",
    "19": "the till is back while the printer still prints",
}


def rows_of_tests(root: Path = TESTS) -> dict[str, list[str]]:
    """Row -> tests of it as `file::name`, in the order of the table. Rows that no table has stand at the end."""
    found: dict[str, list[str]] = {row: [] for row in ROWS}
    for path in sorted(root.rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match = ROW.match(node.name) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
            if match is not None:
                name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
                found.setdefault(match[1], []).append(f"{path.relative_to(root.parent)}::{name}")
    return found


def table() -> str:
    """The table as text: a row's number, what is cut, and below it its tests."""
    lines: list[str] = []
    for row, tests in rows_of_tests().items():
        lines.append(f"{row:>4}  {ROWS.get(row, 'unknown row')}")
        lines += [f"      {test}" for test in tests or ["-- no test --"]]
    return "\n".join(lines)


if __name__ == "__main__":
    with on_terminal() as progress, progress.pulse():
        progress.begin("playing the table")
        found = table()
    sys.stdout.write(found + "\n")
