"""Beside a till: every command of the console. One table; what is not in it cannot be typed."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_bridge.console import acts, looks, machine, overview, people, searching, shifts, trials
from firmware_bridge.console.grammar import CASH, STAFF, TECHNICAL, Command, Grammar, NotUnderstood
from firmware_bridge.console.line import CHARSETS
from firmware_bridge.console.session import LEAVE, Session
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.words.table import LANGUAGES


def _help(session: Session, arguments: Sequence[str]) -> None:
    grammar = session.grammar
    if not arguments:
        session.say("  ".join(grammar.nouns))
        session.tell("help.hint")
        session.say("COMMAND | include TEXT | exclude TEXT | count")
        return
    try:
        noun = grammar.parse(arguments[0])[0].noun
    except NotUnderstood:
        noun = next((one for one in grammar.nouns if one.startswith(arguments[0].lower())), "")
    if not noun:
        raise UserError(session.words("grammar.unknown", word=arguments[0]))
    for command in grammar.of(noun).values():
        session.say(f"{command.usage}\n    {session.words(command.help_key)}")
        for example in grammar.examples(command):
            session.say(f"    > {example}")


def _sign_in(session: Session, arguments: Sequence[str]) -> None:
    session.sign_in(arguments[0])


def _sign_out(session: Session, _: Sequence[str]) -> None:
    session.sign_out()


def _lang(session: Session, arguments: Sequence[str]) -> None:
    if arguments[0] not in LANGUAGES:
        raise UserError(", ".join(LANGUAGES))
    session.words = Words(arguments[0])
    session.tell("session.hint")


def _charset(session: Session, arguments: Sequence[str]) -> None:
    if arguments[0] not in CHARSETS:
        raise UserError(", ".join(CHARSETS))
    session.terminal.editor.use(arguments[0])
    session.tell("session.hint")


def _pages(session: Session, arguments: Sequence[str]) -> None:
    if arguments[0] not in ("on", "off"):
        raise UserError("on, off")
    session.terminal.paged = arguments[0] == "on"


def _leave(_session: Session, _: Sequence[str]) -> None:
    """The session ends before this is asked for."""


_N = "NUMBER|ID"
# fmt: off
GRAMMAR = Grammar((
    Command("status", "", overview.status, examples=("status",)),
    Command("devices", "", looks.devices, examples=("devices",)),
    Command("devices", "accept", acts.accept, TECHNICAL, "DEVICE SERIAL", 2, 2, ("devices accept printer XP2023",)),
    Command("printer", "", looks.printer, examples=("printer",)),
    Command("printer", "test", trials.printer_test, TECHNICAL, examples=("printer test", "pr te")),
    Command("printer", "codepages", trials.printer_codepages, TECHNICAL, "[FIRST-LAST]", 0, 1,
            ("printer codepages", "printer codepages 40-50")),
    Command("drawer", "", looks.drawer, None, "[ID]", 0, 1, ("drawer", "drawer main")),
    Command("drawer", "open", acts.drawer_open, STAFF, "[ID]", 0, 1, ("drawer main open",)),
    Command("drawer", "test", trials.drawer_test, TECHNICAL, "[ID]", 0, 1, ("drawer main test",)),
    Command("drawer", "learn", trials.drawer_learn, TECHNICAL, "[ID]", 0, 1, ("drawer main learn",)),
    Command("shift", "", looks.shift, examples=("shift",)),
    Command("shift", "open", shifts.shift_open, CASH, "[CASH]", 0, 1, ("shift open", "shift open 1000.00")),
    Command("shift", "close", shifts.shift_close, CASH, examples=("shift close",)),
    Command("receipts", "", looks.receipts, None, "[HOW-MANY]", 0, 1, ("receipts", "receipts 50")),
    Command("receipts", "find", searching.receipts_find, None, "TEXT|NUMBER|SUM|DATE", 1, 8,
            ("receipts find 250.00", "receipts find 21.11")),
    Command("receipt", "", looks.receipt, None, _N, 1, 1, ("receipt 3", "receipt 000412")),
    Command("receipt", "show", looks.receipt_show, None, _N, 1, 1, ("receipt 3 show",)),
    Command("receipt", "copy", acts.receipt_copy, STAFF, _N, 1, 1, ("receipt 3 copy",)),
    Command("receipt", "resolve", acts.receipt_resolve, STAFF, f"{_N} VERDICT", 2, 2,
            ("receipt 1042 resolve printed", "receipt 1042 resolve not_printed")),
    Command("receipt", "retry", acts.receipt_retry, STAFF, _N, 1, 1, ("receipt 3 retry",)),
    Command("outbox", "", looks.outbox, examples=("outbox",)),
    Command("outbox", "retry", acts.outbox_retry, TECHNICAL, "BOOK [RECORD]", 1, 2, ("outbox newstore retry",)),
    Command("outbox", "park", acts.outbox_park, TECHNICAL, "BOOK RECORD", 2, 2, ("outbox newstore park 412",)),
    Command("outbox", "drop", acts.outbox_drop, TECHNICAL, "BOOK RECORD", 2, 2, ("outbox newstore drop 412",)),
    Command("fiscal", "", overview.fiscal, examples=("fiscal",)),
    Command("fiscal", "check", trials.fiscal_part("check"), TECHNICAL, examples=("fiscal check",), looks=True),
    Command("fiscal", "mode", trials.fiscal_part("mode"), TECHNICAL, examples=("fiscal mode",), looks=True),
    Command("fiscal", "codes", trials.fiscal_part("codes"), TECHNICAL, examples=("fiscal codes",), looks=True),
    Command("journal", "tail", machine.journal_tail, TECHNICAL, "[HOW-MANY]", 0, 1, ("journal tail 30",), looks=True),
    Command("journal", "verify", machine.journal_verify, None, "[SEQ:HASH]", 0, 1, ("journal verify",)),
    Command("journal", "stats", machine.journal_stats, examples=("journal stats",)),
    Command("people", "", people.show, TECHNICAL, "[HOW-MANY]", 0, 1, ("people", "people 50"), looks=True),
    Command("wire", "", machine.wire, examples=("wire",)),
    Command("wire", "show", machine.wire_show, TECHNICAL, "DEVICE", 1, 1, ("wire show printer",), looks=True),
    Command("wire", "on", machine.wire_on, TECHNICAL, examples=("wire on",)),
    Command("wire", "off", machine.wire_off, TECHNICAL, examples=("wire off",)),
    Command("net", "", machine.net, examples=("net",)),
    Command("time", "", machine.time, examples=("time",)),
    Command("doctor", "", machine.doctor_look, examples=("doctor",)),
    Command("bundle", "", machine.bundle_make, TECHNICAL, examples=("bundle",), looks=True),
    Command("set", "", machine.setting, TECHNICAL, "KEY VALUE", 2, 16, ("set printer.page 46", "set printer.page -")),
    Command("keep", "", machine.keep, TECHNICAL, examples=("keep",)),
    Command("undo", "", machine.undo, TECHNICAL, examples=("undo",)),
    Command("secret", "", machine.secrets, TECHNICAL, examples=("secret",), looks=True),
    Command("secret", "set", machine.secret_set, TECHNICAL, "KEY", 1, 1, ("secret set fiscaliser.checkbox.password",)),
    Command("till", "", trials.till_look, examples=("till",)),
    Command("till", "start", trials.till("start"), TECHNICAL, examples=("till start",)),
    Command("till", "stop", trials.till("stop"), TECHNICAL, examples=("till stop",)),
    Command("till", "restart", trials.till("restart"), TECHNICAL, examples=("till restart",)),
    Command("version", "", machine.version, examples=("version",), always=True),
    Command("signin", "", _sign_in, None, "NAME", 1, 1, ("signin olena",), always=True),
    Command("signout", "", _sign_out, examples=("signout",), always=True),
    Command("lang", "", _lang, None, "en|uk|ru|az|be", 1, 1, ("lang uk",), always=True),
    Command("charset", "", _charset, None, "ascii|utf8|cp866|cp1125|cp1251", 1, 1, ("charset utf8",), always=True),
    Command("pages", "", _pages, None, "on|off", 1, 1, ("pages off",), always=True),
    Command("help", "", _help, None, "[COMMAND]", 0, 1, ("help", "help receipt"), always=True),
    Command(LEAVE, "", _leave, examples=("exit",), always=True),
))
# fmt: on
