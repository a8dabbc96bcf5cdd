"""Which sentences of the source reach people: found in the syntax tree of every module, but for what is listed here.

A sentence is a text with two words in small letters next to each other; in an f-string every value is a place, named
after the last name in it. Whatever is left out is left out by a line of `LEFT_OUT` or `CALLS`, with its reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
PACKAGES: Final = ("statemachines", "drivers", "firmware_bridge")

LEFT_OUT: Final[Mapping[str, str]] = {
    "statemachines/diagram.py": "a developer's page of the machines",
    "statemachines/machine.py": "a defect of a machine's table, for its developer",
    "*/simulated/*": "plays a device",
    "*/simulator.py": "plays a device",
    "*/sandbox/*": "plays a vendor",
    "firmware_bridge/box_sim.py": "plays a device, on the command line",
    "firmware_bridge/device_sim.py": "plays a device, on the command line",
    "firmware_bridge/device_control.py": "plays a device, on the command line",
    "firmware_bridge/played_*.py": "plays a device or a vendor",
    "firmware_bridge/simulation.py": "plays a device or a vendor",
    "firmware_bridge/rehearsal*.py": "a demonstration on the command line",
    "firmware_bridge/demo*.py": "a demonstration on the command line",
    "firmware_bridge/sandbox_command.py": "the command line is English",
    "firmware_bridge/*_arguments.py": "the command line is English",
    "firmware_bridge/cli.py": "the command line is English",
    "firmware_bridge/cli_parser.py": "the command line is English",
    "firmware_bridge/app.py": "the command line is English",
    "firmware_bridge/book_words.py": "the command line is English",
    "firmware_bridge/bitrix24_command.py": "the command line is English",
    "firmware_bridge/gateway_command.py": "the command line is English",
    "firmware_bridge/vendors/newstore/admin.py": "the command line is English (`book`)",
    "firmware_bridge/vendors/newstore/look.py": "the command line is English (`book`)",
    "firmware_bridge/vendors/newstore/audit/*": "the command line is English (`book audit`)",
    "firmware_bridge/vendors/newstore/figures.py": "the command line is English (`book audit`)",
    "firmware_bridge/gateway_config.py": "a configuration is checked on the command line, which is English",
    "firmware_bridge/vendors/capability_table.py": "a developer's table of the vendors",
    "firmware_bridge/vendors/bitrix24/*": "answers a portal, from the gateway",
    "firmware_bridge/gateway/prints*.py": "answers a portal, from the gateway",
    "firmware_bridge/gateway/holding.py": "said by the gateway to a till's program",
    "firmware_bridge/gateway/keeping.py": "said by the gateway to a till's program",
    "firmware_bridge/gateway/process.py": "the gateway's own command line",
    "firmware_bridge/gateway/replica.py": "said by the gateway to a till's program",
    "firmware_bridge/gateway/service.py": "said by the gateway to a till's program",
    "firmware_bridge/gateway/tills.py": "the gateway's own command line",
    "firmware_bridge/uplink/[!oh]*.py": "a message between two programs that breaks its specification",
    "firmware_bridge/told.py": "the log",
    "firmware_bridge/metrics/*": "help texts for Prometheus",
    "firmware_bridge/api/operations.py": "the API's description for programmers",
    "firmware_bridge/api/description.py": "the API's description for programmers",
    "firmware_bridge/api/answer_schema.py": "the API's description for programmers",
    "firmware_bridge/api/binding.py": "said on the command line when the till does not start",
    "firmware_bridge/api/peers.py": "said on the command line when the till does not start",
    "drivers/ports/replay.py": "plays a device, on the command line",
    "firmware_bridge/wire_[!c]*.py": "decoded frames of a wire, in the words of its protocol",
    "firmware_bridge/bundle*.py": "in a bundle, which supporters read; and the command line is English",
    "firmware_bridge/console_command.py": "the command line is English",
    "firmware_bridge/console/getty.py": "said on the command line that begins a console",
    "firmware_bridge/console/serial_line.py": "said on the command line that begins a console",
    "firmware_bridge/console/transports.py": "said on the command line that begins a console",
    "firmware_bridge/device_wire.py": "plays a device, on the command line",
    "firmware_bridge/devices_command.py": "the command line is English; the console asks the till",
    "firmware_bridge/fiscal_webhook.py": "the command line is English (`fiscal webhook`)",
    "firmware_bridge/journal_command.py": "the command line is English",
    "firmware_bridge/journal/schema.py": "SQL",
    "firmware_bridge/log*.py": "the log",
    "firmware_bridge/outbox_command.py": "the command line is English; the console asks the till",
    "firmware_bridge/progress.py": "a line of the command line; the console has its own",
    "drivers/printers/wording_*.py": "on the receipt, in the receipt's language",
    "drivers/printers/trial.py": "on a test paper, where letters are compared",
    "drivers/printers/escpos/code_pages.py": "on a test paper, where letters are compared",
}
"""Modules that say nothing to people at the page or the console, and why."""

CALLS: Final[Mapping[str, str]] = {
    "LookupError": "a defect of the program, for its log",
    "TypeError": "a defect of the program, for its log",
    "RuntimeError": "a defect of the program, for its log",
    "ConnectionError": "a defect of the program, for its log",
    "AssertionError": "a defect of the program, for its log",
    "debug": "the log",
    "info": "the log",
    "warning": "the log",
    "error": "the log",
    "exception": "the log",
    "critical": "the log",
    "begin": "progress: a line of the command line; the console has its own",
    "compile": "a pattern",
    "get_logger": "the log",
    "log": "the log",
}
"""What is called with texts that no person at the page or the console reads, and why."""

CALLS_IN: Final[Mapping[tuple[str, str], str]] = {
    ("statemachines/", "Row"): "a note in a machine's diagram",
    ("drivers/printers/escpos/", "Command"): "a frame of a wire in the words of its protocol",
    ("firmware_bridge/console/", "Command"): "what can be typed at the console",
}
"""The same, for calls in modules whose name begins so."""

KEYWORDS: Final[Mapping[str, str]] = {
    "examples": "an example in the API's description",
    "source": "where a row of a table comes from",
}
"""Named arguments that no person reads, and why."""

UNSAID: Final[Mapping[str, str]] = {
    "({} more like it in the last minute)": "a part of a line in the log",
    "text/event-stream; charset=utf-8": "a type",
    '"" = it stands in Idempotency-Key': "the API's description for programmers",
    "drawer open main": "an example in the API's description",
    "`firmware-bridge outbox retry`": "a command",
    "devices accept \\1": "a command",
    "-> devices accept {} {}": "a command",
    "-> set drawers.{}.{} {}": "a command",
    "drawer test": "a command",
    "journal verify": "a command",
    "printer test": "a command",
    "shift open": "a command",
    "till start": "a command",
    "on, off": "a command",
    "in order": "how a command of a wire is obeyed, by its protocol",
    "console news": "a thread's name",
    "seq, at, subject, name, body, hash": "SQL",
    "vendor, seq, place, state, waits_for, reason, at, ref": "SQL",
    "vendor, seq, NULL, 'refused', '', reason, at, ref": "SQL",
    "There was an error parsing the body": "a vendor's own words, which its refusals are known by",
    "Cash register should be in manual offline mode!": "a vendor's own words, which its refusals are known by",
    "[offline_mode_exception#error] Offline code '": "a vendor's own words, which its refusals are known by",
    "[offline_mode_exception#error] No available offline codes": "a vendor's own words, see above",
    "was used before!": "a vendor's own words, which its refusals are known by",
    "Not authenticated": "a vendor's own words, which its refusals are known by",
    "Maintenance work": "a vendor's own words, which its refusals are known by",
    "matching regex": "looked for in a message of msgspec",
    "must be one of": "put together with what it names: said.composed.one_of",
}
"""Single texts that nobody reads as a sentence, and why."""

_NO_SENTENCE: Final = re.compile(r"%[sdr]|\r\n|^<|\(\[|\\d|^(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|BEGIN) ")
"""A text with these is for the log, for a machine or for SQLite."""

_WORDS: Final = re.compile(r"[a-z]{2,}[,;:]? (?:[a-z]{2,}|a\b)|\ba [a-z]{2,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text of the source; `text` has its places as `{name}`, neighbouring places as one."""

    module: str
    line: int
    text: str

    @property
    def bare(self) -> str:
        return bare(self.text)


def bare(text: str) -> str:
    """A text with nameless places, for comparison."""
    return re.sub(r"\{\w*\}", "{}", text).strip().removesuffix(".")


def files(root: Path = ROOT) -> Iterator[str]:
    """The name of every module that is not left out."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if not any(fnmatch(name, left_out) for left_out in LEFT_OUT):
                yield name


def source(names: Iterable[str] | None = None, root: Path = ROOT) -> tuple[list[Sentence], set[str]]:
    """All sentences for people in these modules (None = all), and all their texts, sentences or not.

    Words that are facts in a sentence ("sale") are among the texts.
    """
    said: list[Sentence] = []
    texts: set[str] = set()
    for name in files(root) if names is None else names:
        tree = ast.parse((root / name).read_text("utf-8"))
        for node, unsaid in _nodes(name, tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value.strip())
            sentence = None if unsaid else _sentence(name, node)
            if sentence is not None:
                said.append(sentence)
    return said, texts


def _sentence(name: str, node: ast.AST) -> Sentence | None:
    text = _text(node)
    if not text or not _WORDS.search(re.sub(r"\{\w*\}", "#", text)) or _NO_SENTENCE.search(text):
        return None
    found = Sentence(name, getattr(node, "lineno", 0), re.sub(r"(\{\w*\})(\{\w*\})+", r"\1", text.strip()))
    return None if found.bare in UNSAID else found


def _nodes(name: str, tree: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether nobody reads its text: a docstring, a part of an f-string, in a call that is listed."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, unsaid = waiting.pop()
        yield node, unsaid
        inner = unsaid or _unsaid(name, node)
        for child in ast.iter_child_nodes(node):
            part = isinstance(child, ast.Constant) and isinstance(node, ast.Expr | ast.JoinedStr)
            waiting.append((child, inner or part))


def _unsaid(name: str, node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        called = _called(node.func)
        return called in CALLS or any(called == one and name.startswith(where) for where, one in CALLS_IN)
    if isinstance(node, ast.keyword):
        return node.arg in KEYWORDS
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    names: dict[str, int] = {}
    parts = []
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            name = _name(value.value)
            names[name] = names.get(name, 0) + 1
            parts.append("{" + name + (str(names[name]) if names[name] > 1 else "") + "}")
        else:
            parts.append(str(getattr(value, "value", "")))
    return "".join(parts)


def _name(value: ast.expr) -> str:
    """The last name in an expression: `document.number` -> number, `money(due)` -> due."""
    if isinstance(value, ast.Attribute):
        return value.attr.strip("_")
    if isinstance(value, ast.Name):
        return value.id.strip("_").lower()
    if isinstance(value, ast.Call):
        return _name(value.args[0]) if value.args else _name(value.func)
    if isinstance(value, ast.Subscript):
        return _name(value.value)
    inner = next((_name(child) for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr)), "fact")
    return inner or "fact"
