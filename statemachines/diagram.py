"""A table as a Mermaid state diagram: what is drawn is what runs.

`python -m statemachines.diagram` prints all diagrams as one Markdown page; a test compares it with the checked-in one.
"""

from __future__ import annotations

import sys
from typing import Any

from statemachines import drawer, printer, receipt, settlement, shift
from statemachines.machine import Row, Table

TABLES: tuple[Table[Any, Any], ...] = (
    shift.TABLE,
    receipt.TABLE,
    settlement.TABLE,
    drawer.TABLE,
    printer.TABLE,
)


def _sources(row: Row[Any, Any]) -> tuple[str, ...]:
    return (row.source,) if isinstance(row.source, str) else row.source


def mermaid(table: Table[Any, Any]) -> str:
    """The table as `stateDiagram-v2`; rows that stay where they are and do nothing visible are left out."""
    lines = ["stateDiagram-v2", f"    [*] --> {table.states[0]}"]
    for row in table.rows:
        for source in _sources(row):
            target = source if row.target == "=" else row.target
            label = row.event.__name__ + (f" ({row.note})" if row.note else "")
            lines.append(f"    {source} --> {target}: {label}")
    return "\n".join(lines)


def page() -> str:
    """All machines, one section each."""
    parts = [
        "# The machines of the till",
        "",
        "Made from the tables by `python -m statemachines.diagram`.",
        "",
    ]
    for table in TABLES:
        parts += [f"## {table.name}", "", "```mermaid", mermaid(table), "```", ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
