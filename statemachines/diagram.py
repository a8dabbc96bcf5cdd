"""A table as a Mermaid state diagram: what is drawn is what runs.

`python -m statemachines.diagram` prints README.md of this folder (a test compares it with the checked-in one);
`python -m statemachines.diagram table` prints how many states, events, rows and refusals each machine has.
"""

from __future__ import annotations

import sys
from typing import Any

from statemachines import (
    cash_count,
    cash_transaction,
    closing,
    drawer_day,
    drawer_table,
    fiscal_mode,
    offline_codes,
    printer,
    receipt,
    shift,
)
from statemachines.machine import Reject, Row, Table

TABLES: tuple[Table[Any, Any], ...] = (
    receipt.TABLE,
    cash_transaction.TABLE,
    shift.TABLE,
    closing.TABLE,
    drawer_table.TABLE,
    drawer_day.TABLE,
    cash_count.TABLE,
    fiscal_mode.TABLE,
    offline_codes.TABLE,
    printer.TABLE,
)

GUARDS: dict[str, str] = {
    "receipt": (
        "Guards that a document becomes lawful once and reaches the paper once. Doubt is a state of its own, fiscal "
        "doubt apart from print doubt; nothing is repeated before the fiscaliser or the printer was asked, a paid "
        "document that was refused is never charged again, and only what is proven not to be on paper is sent again "
        "unmarked."
    ),
    "cash_transaction": (
        "Guards the money: a draft moves nothing, a completed transaction moves the expected cash exactly once, and "
        "what was cancelled never did. It is settled when the drawer was closed, or nobody can tell; in any case "
        "before the drawer is counted and before its day ends. An opening recorded for a book ends likewise."
    ),
    "shift": (
        "Guards that nothing is sold outside an open fiscal shift, and that a shift is neither opened nor closed "
        "twice when an answer is lost. It warns before the fiscaliser's limit and takes nothing new that would not "
        "fit any more. What the fiscaliser says about it is adopted, never repaired."
    ),
    "closing": (
        "Guards the order in which a shift is closed: no new sales, no drafts, drawers counted, cash taken out where "
        "the fiscaliser wants it, Z, end of the drawers' day, sign-out. Each step is found done or not done in the "
        "other machines, so that an interrupted closing goes on where it stood."
    ),
    "drawer": (
        "Guards the pulse: one for each reason, longer ones only while the switch shows no opening, none into an open "
        "drawer, none when nobody stands there any more. A drawer that opens unasked is told apart."
    ),
    "drawer_day": (
        "Guards whose cash it is: a float to begin with, the cashiers who may use it, what must be in it now, that "
        "nobody moves cash after the count for the end of the day, and that no day ends before what is in doubt in it."
    ),
    "cash_count": (
        "Guards the order of a count: begun, recorded, perhaps counted again, submitted or cancelled; who counted, and "
        "what the books expected at that moment."
    ),
    "fiscal_mode": (
        "Guards the way back: from a session off line only the delivery of everything stamped in it leads on line "
        "again, and a jammed register gets nothing until a person has decided."
    ),
    "offline_code": (
        "Guards each code that the tax service gave in advance: bound to one document, in the same commit as that "
        "document, and never given to a second one. One state machine per code."
    ),
    "printer": "Guards nothing by itself: it knows whether the printer can print, and what a person must do if not.",
}


def _sources(rule: Row[Any, Any] | Reject) -> tuple[str, ...]:
    return (rule.source,) if isinstance(rule.source, str) else rule.source


def mermaid(table: Table[Any, Any]) -> str:
    """The table as `stateDiagram-v2`."""
    lines = ["stateDiagram-v2", f"    [*] --> {table.states[0]}"]
    for row in table.rows:
        for source in _sources(row):
            target = source if row.target == "=" else row.target
            label = row.event.__name__ + (f" ({row.note})" if row.note else "")
            lines.append(f"    {source} --> {target}: {label}")
    return "\n".join(lines)


def figures(table: Table[Any, Any]) -> tuple[int, int, int, int]:
    """How many states, events, rows (one per state and event) and refusals (likewise) the machine has."""
    rows = sum(len(_sources(row)) for row in table.rows)
    refusals = sum(len(_sources(reject)) * len(reject.events) for reject in table.rejects)
    return len(table.states), len(table.events), rows, refusals


def overview() -> str:
    """One line a machine, as a Markdown table."""
    lines = ["| machine | states | events | rows | refusals |", "|---|---|---|---|---|"]
    for table in TABLES:
        cells = " | ".join(str(figure) for figure in figures(table))
        lines.append(f"| {table.name} | {cells} |")
    return "\n".join(lines)


def page() -> str:
    """All machines, one section each."""
    parts = [
        "# The machines of the till",
        "",
        "The rules, pure: no I/O, no clock, no threads. Every state x event of every machine is a row or a refusal",
        "with a sentence for a cashier. `rules.py` runs them together; `decisions.py` and `gates.py` hold the rules",
        "across them. This page is made from the tables by `python -m statemachines.diagram`.",
        "",
        overview(),
        "",
    ]
    for table in TABLES:
        parts += [f"## {table.name}", "", GUARDS[table.name], "", "```mermaid", mermaid(table), "```", ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(overview() + "\n" if sys.argv[1:] == ["table"] else page())
