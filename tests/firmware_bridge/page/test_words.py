"""One table of words: the same keys and placeholders in every language, and nothing on the page without a word."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any, get_args

import pytest

import firmware_bridge.page
from firmware_bridge import alarms
from firmware_bridge.config import ROLES
from firmware_bridge.gateway.status import LaneState
from firmware_bridge.words.table import LANGUAGES, part
from statemachines import fiscal_mode, gates, shift, stamping
from statemachines.diagram import TABLES
from statemachines.vocabulary.events import Verdict
from statemachines.vocabulary.receipt import DocumentKind
from tests.support.words import FOREIGN

FOLDER = Path(next(iter(firmware_bridge.page.__path__)))
WORDS: dict[str, dict[str, str]] = {name: dict(part("page", name)) for name in LANGUAGES}
SCRIPTS = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js"))}
PAGE = (FOLDER / "page.html").read_text("utf-8")
#: The same word in both, or none at all.
ALIKE = {"signin.who", "shift.number", "printer.serial"} | {
    f"{key}" for key in ("tile.printer", "machine.printer", "state.receipt.handed_over")
}


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_has_every_key_with_the_same_placeholders(name: str) -> None:
    assert WORDS[name].keys() == WORDS["en"].keys()
    for key, text in WORDS[name].items():
        assert text.strip() == text != "", key
        assert placeholders(text) == placeholders(WORDS["en"][key]), key


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_text_is_in_its_own_language(name: str) -> None:
    for key, text in WORDS[name].items():
        plain = re.sub(r"\{\w+\}", "", text)
        assert not re.search(f"[{FOREIGN[name]}]", plain), (key, text)
        assert name == "en" or key in ALIKE or text != WORDS["en"][key], (key, text)
        if name in ("uk", "ru", "be") and key not in ALIKE and not key.startswith("state.closing.report"):
            assert re.search("[А-Яа-яіўєї]", plain), (key, text)
            assert not re.search("[a-z]", plain), (key, text)


def test_a_text_in_the_wrong_language_would_be_seen() -> None:
    assert re.search(f"[{FOREIGN['uk']}]", WORDS["ru"]["page.connecting"] + WORDS["be"]["confirm.yes"] + "ы")
    assert any(re.search(f"[{FOREIGN['ru']}]", text) for text in WORDS["uk"].values())
    assert any(re.search(f"[{FOREIGN['be']}]", text) for text in WORDS["ru"].values())


def needed() -> set[str]:
    """Every key that the machines, the rules and the API may ask for."""
    found = {f"state.{table.name}.{state}" for table in TABLES for state in table.states}
    found |= {f"machine.{table.name}" for table in TABLES}
    found |= {f"kind.{kind}" for kind in get_args(DocumentKind)} | {"kind.other"}
    found |= {f"verdict.{verdict}" for verdict in get_args(Verdict)}
    found |= {f"role.{role}" for role in ROLES}
    found |= {f"books.{state}" for state in get_args(LaneState)}
    found |= {f"alarm.{code}" for code in re.findall(r'"code": "([a-z-]+)"', inspect.getsource(alarms))}
    return found | {f"reason.{code}" for code in reasons()} | {"reason.other", "alarm.other"}


def reasons() -> set[str]:
    """The codes of all refusals that GET /v1/status may give as a reason."""
    gate: list[Any] = [gates.Gates.closing, gates.Gates.no_printer, gates.Gates.busy, gates.Gates._fiscal_doubt]
    sources = [*gate, gates._asked, shift.why_not, fiscal_mode.why_not, stamping.Stamping]
    text = "\n".join(inspect.getsource(one) for one in sources)
    codes = set(re.findall(r'(?:Refusal\(|: \(|return )\s*"([a-z]+(?:-[a-z]+)*)",', text))
    assert {"shift-closed", "printer-not-ready", "busy", "fiscal-jammed", "offline-limit", "clock-untrusted"} <= codes
    return codes | {"storage"}


def test_every_state_kind_reason_and_alarm_has_its_word() -> None:
    assert needed() - WORDS["en"].keys() == set()


def asked_for() -> set[str]:
    """Keys that stand whole in the page and its scripts."""
    said = set(re.findall(r'data-t="([^"]+)"', PAGE))
    for text in SCRIPTS.values():
        said |= set(re.findall(r'"([a-z]+\.[a-z_]+(?:[.-][a-z_]+)*)"', text))
    return {
        key
        for key in said
        if not key.endswith((".js", ".json", ".svg")) and key.count(".") >= 1 + (key[:6] == "state.")
    }


def test_every_key_that_the_page_uses_is_in_the_table_and_none_is_idle() -> None:
    composed = {f"confirm.{name}" for name in ("reason", "evidence")} | {
        f"answer.{name}" for name in ("none", "refused")
    }
    composed |= {f"todo.{name}" for name in ("fiscal_doubt", "print_doubt", "paid_unfiscalised")}
    assert asked_for() - WORDS["en"].keys() == set()
    assert WORDS["en"].keys() - asked_for() - needed() - composed == set()


def test_the_page_itself_says_nothing_but_words_of_the_table() -> None:
    assert re.sub(r"<title>.*?</title>|<[^>]*>", "", PAGE, flags=re.DOTALL).strip() == ""
    assert not re.search(r'(placeholder|title|aria-label)="', PAGE)
    for name, text in SCRIPTS.items():
        shown = re.findall(r"(?:textContent|title|alt): (\"[^\"]+\"|`[^`$]+`)", text)
        assert not shown, (name, shown)


def test_words_of_states_fit_into_their_nodes() -> None:
    for name, words in WORDS.items():
        for key, text in words.items():
            assert not key.startswith("state.") or len(text) <= 24, (name, key)
