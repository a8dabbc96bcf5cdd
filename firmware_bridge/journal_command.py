"""Beside a sale's way: `firmware-bridge journal …`, a person's or a program's look into a journal, running or not."""

from __future__ import annotations

import argparse
import json
import sys
import uuid
from collections.abc import Callable
from typing import Any

from firmware_bridge.clock import SystemClock
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.journal import browse
from firmware_bridge.journal.store import Journal
from firmware_bridge.journal.verify import Verification, verify
from firmware_bridge.logs import safe
from firmware_bridge.progress import on_terminal

Say = Callable[[str], None]


def run(arguments: argparse.Namespace, say: Say) -> int:
    """Carry it out: 0 done, 1 the journal is not whole. Raises UserError and JournalError with one sentence."""
    parts: dict[str, Callable[[argparse.Namespace, Say], int]] = {
        "verify": _verify,
        "tail": _tail,
        "export": _export,
        "stats": _stats,
        "forget": _forget,
    }
    return parts[arguments.part](arguments, say)


def _verify(arguments: argparse.Namespace, say: Say) -> int:
    try:
        with on_terminal(quiet=arguments.json) as progress:
            result = verify(arguments.path, arguments.anchor, progress)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if arguments.json:
        say(json.dumps(_verification(result)))
    elif result.ok:
        head = f"{result.head[0]}:{result.head[1].hex()}"
        say(safe(f"{arguments.path}: {result.records} records, chain whole, head {head}"))
    else:
        for problem in result.problems:
            sys.stderr.write(safe(f"firmware-bridge: {arguments.path}: {problem.text}") + "\n")
    return 0 if result.ok else 1


def _verification(result: Verification) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "records": result.records,
        "head": f"{result.head[0]}:{result.head[1].hex()}",
        "problems": [{"seq": problem.seq, "text": problem.text} for problem in result.problems],
    }


def _tail(arguments: argparse.Namespace, say: Say) -> int:
    with on_terminal(quiet=arguments.json) as progress:
        found = browse.tail(arguments.path, arguments.lines, progress)
    for record in found:
        say(_line(record, arguments))
    return 0


def _export(arguments: argparse.Namespace, say: Say) -> int:
    # lines that run down the terminal are their own progress
    with on_terminal(quiet=arguments.json or sys.stdout.isatty()) as progress:
        for record in browse.export(arguments.path, progress):
            say(_line(record, arguments))
    return 0


def _line(record: dict[str, Any], arguments: argparse.Namespace) -> str:
    return json.dumps(record, ensure_ascii=False) if arguments.json else browse.line(record)


def _stats(arguments: argparse.Namespace, say: Say) -> int:
    with on_terminal(quiet=arguments.json) as progress:
        figures = browse.stats(arguments.path, progress)
    if arguments.json:
        say(json.dumps(figures, ensure_ascii=False))
    else:
        for line in browse.stats_lines(figures):
            say(line)
    return 0


def _forget(arguments: argparse.Namespace, say: Say) -> int:
    with on_terminal() as progress:
        till_id = browse.stats(arguments.path, progress)["till_id"]
    journal = Journal.open(
        arguments.path, till_id=till_id, clock=SystemClock().utc_ms, new_id=lambda: str(uuid.uuid4()), training=None
    )
    try:
        known = journal.personal(arguments.document) is not None
        if known:
            journal.forget(arguments.document)
    finally:
        journal.close()
    if not known:
        raise UserError(f"{arguments.path} holds no customer's data about {arguments.document}; nothing was erased")
    say(f"the customer's data of {arguments.document} is erased; the chain is whole")
    return 0
