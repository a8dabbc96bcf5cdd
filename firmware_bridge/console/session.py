"""Beside a till: one person at one terminal: signed in or not, in one language, doing one thing after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from firmware_bridge.config import Client, Config
from firmware_bridge.console import filters, guard
from firmware_bridge.console.attention import Attention, explained
from firmware_bridge.console.audit import What
from firmware_bridge.console.client import Api, TillAway
from firmware_bridge.console.grammar import Command, Grammar, NotUnderstood
from firmware_bridge.console.house import House
from firmware_bridge.console.pins import SlowDown
from firmware_bridge.console.terminal import Gone, Idle, Interrupted, Terminal, Transport
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.progress import Progress
from firmware_bridge.words.table import Language

LEAVE = "exit"


class Session:
    """`channel`: serial, socket or terminal, for the log of who did what."""

    def __init__(self, house: House, transport: Transport, grammar: Grammar, channel: str) -> None:
        self.house = house
        self.channel = channel
        self.grammar = grammar
        self.person: Client | None = None
        self.words = Words(house.settings.language)
        self.listed: tuple[str, ...] = ()
        self.tries = False
        self._greeted = False
        self._slowed = 0
        self.terminal = Terminal(
            transport,
            house.clock.monotonic,
            charset=house.settings.charset,
            idle=house.settings.idle_s,
            redactor=house.redactor,
            complete=grammar.complete,
            news=self._heard,
            more=lambda: self.words("pages.more"),
        )
        self._attention = Attention(
            self.terminal,
            house.clock,
            lambda: self.words,
            lambda what, who, result: self._note(what, result, person=who),
        )

    # --- for commands -----------------------------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        return self.house.config

    def say(self, text: str) -> None:
        """Some lines, as far as they are wanted. From a command's own thread as well as from the session's."""
        self._attention.say(text)

    def ask(self, question: str, *, hidden: bool = False) -> str:
        """What was typed. Raises as Terminal.ask, and Interrupted where nobody waits for it any more."""
        return self._attention.ask(question, hidden=hidden)

    def retell(self, text: str) -> None:
        """Some lines that a tool has composed in English, in the session's language."""
        self.say(self.words.retold(text))

    def tell(self, key: str, **facts: object) -> None:
        """A sentence of the table."""
        self.say(self.words(key, **facts))

    def agreed(self, key: str, **facts: object) -> bool:
        """Ask for a yes, in whatever language: the word itself, so that no stray key is one."""
        return self.ask(self.words(key, **facts) + " ").strip().lower() == "yes"

    @property
    def progress(self) -> Progress:
        """For a command to tell how far it is."""
        return self._attention.progress

    def ordered(self) -> None:
        """The till is stopped or started by hand: its silence is no news."""
        self._attention.expect()

    def api(self, language: Language | None = None) -> Api:
        """The till, asked as whoever is signed in, or as the console itself; None = in the session's language.

        Raises UserError.
        """
        who = self.person or self.house.client(self.house.settings.client)
        if who is None:
            raise UserError(self.words("session.sign_in_first"))
        return Api(self.config.api.address, who.token_file, language or self.words.language)

    # --- its course -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the far end is gone. A person who types nothing for long is signed out, and the line stays there."""
        self.house.hand_over(None)
        self._tell_who()
        try:
            while self._turn():
                continue
        except Gone:
            pass
        finally:
            self._sign_out()
            self._attention.finish()

    def once(self, line: str) -> None:
        """One command and no more; nobody is there to sign in, or to stop it."""
        with suppress(Gone, Idle, Interrupted):
            self._obey(line, attended=False)

    def _turn(self) -> bool:
        try:
            name = "" if self.person is None else self.person.name
            line = self.terminal.command(f"{name}> ").strip()
            greeted, self._greeted = self._greeted, True
            if line or greeted:
                return not line or self._obey(line)
            return self._obey("status") if self.house.settings.client else True  # the first Enter: is anybody there?
        except Interrupted:
            return True
        except Idle:
            self._attention.listen_no_more()
            self._greeted = False
            if self.person is not None:
                self._sign_out()
                self.tell("session.idle")
            return True

    def _tell_who(self) -> None:
        self.say(f"firmware-bridge {self.house.version}  {self.words('session.till', till=self.config.till.id)}")
        self.tell("session.hint")

    def _obey(self, line: str, *, attended: bool = True) -> bool:
        self.house.fresh()
        try:
            wanted, self._attention.filter = filters.split(line)
            command, arguments = self.grammar.parse(wanted)
        except NotUnderstood as error:
            self._attention.filter = None
            self.tell(error.key, **error.facts)
            return True
        if command.noun == LEAVE:
            return False
        if not self._may(command):
            self._attention.filter = None
            return True
        result = "stopped"  # unless it comes to an end: the far end may be gone in the middle
        try:
            result = self._carried_out(command, arguments, attended=attended)
        finally:
            self._attention.filter = None
            if command.roles is not None:
                self._note(f"{command.usage.split(' [')[0]}: {' '.join(arguments)}", result)
            else:
                self.house.hand_over(self.person)
        if attended and not command.always:
            self._attention.listen(self._looker)
        return True

    def _may(self, command: Command) -> bool:
        if command.roles is None:
            open_to_all = command.always or bool(self.house.settings.client) or self.person is not None
            if not open_to_all:
                self.tell("session.sign_in_first")
            return open_to_all
        if self.person is None:
            self.tell("session.sign_in_first")
            return False
        if not command.stops and (busy := self._attention.busy):
            self.tell("work.busy", what=busy)
            return False
        if self.person.role not in command.roles:
            roles = ", ".join(map(self._role, sorted(command.roles)))
            self.tell("session.other_role", role=self._role(self.person.role), roles=roles)
            return False
        return True

    def _carried_out(self, command: Command, arguments: Sequence[str], *, attended: bool) -> str:
        """Returns how it ended: done, refused, failed, doubtful, stopped, or left (it goes on, unattended)."""
        name = " ".join(part for part in (command.noun, command.verb) if part)
        person = "" if self.person is None else self.person.name
        try:
            if attended and not command.always:
                return self._attention.attend(name, person, lambda: command.do(self, arguments), stops=command.stops)
            command.do(self, arguments)
            self._attention.counted()
        except Interrupted:
            return "stopped"
        except (UserError, JournalError, OSError, LookupError, TypeError, ValueError) as error:
            self._attention.filter = None
            text, result = explained(self.words, error)
            self.say(text)
            if isinstance(error, TillAway):
                self.tell("session.till_away")
            return result
        return "done"

    def _looker(self) -> Api | None:
        who = self.house.client(self.house.settings.client) or self.person
        return None if who is None else Api(self.config.api.address, who.token_file)

    def _heard(self) -> list[str]:
        """What is to be said at the prompt now, unasked."""
        told = self._attention.heard()
        if self.tries and guard.read(self.house.path) is None:
            self.tries = False
            told.append(self.words("set.back"))
        return told

    # --- who it is --------------------------------------------------------------------------------------------------

    def sign_in(self, name: str) -> None:
        """Ask for the PIN. The answer takes as long, and says the same, for a name that nobody has."""
        pin = self.terminal.ask("PIN: ", hidden=True)
        client = self.house.client(name)
        known = "" if client is None else name  # who types a PIN where the name belongs does not find it written down
        try:
            good = self.house.pins.check(name, pin, self.channel)
        except SlowDown as error:
            self._slowed += 1
            if self._slowed & (self._slowed - 1) == 0:  # of many in a row the 1st, 2nd, 4th, 8th …
                self._write("SignInSlowed", known, means="pin", times=max(1, self._slowed // 2))
            self.tell("session.slow", seconds=error.seconds)
            return
        self._slowed = 0
        if not good or client is None:
            self._write("SignInRefused", known, means="pin")
            self.tell("session.wrong_pin")
            return
        self._sign_out()
        self.person = client
        self._write("SignedIn", client.name, means="pin")
        self.tell("session.signed_in", name=client.name, role=self._role(client.role))

    def _role(self, role: str) -> str:
        return self.words.name("role", role)

    def sign_out(self) -> None:
        self._sign_out()
        self.tell("session.signed_out")

    def _sign_out(self) -> None:
        if self.person is not None:
            self._write("SignedOut", self.person.name)
            self.person = None

    def _note(self, text: str, result: str, person: str = "") -> None:
        """A command that changes something came to its end."""
        name = person or ("" if self.person is None else self.person.name)
        self._write("CommandDone", name, command=text, result=result)

    def _write(self, what: What, person: str, **more: str | int) -> None:
        try:
            self.house.audit.note(what, self.channel, person, **more)
        except OSError as error:
            self.tell("session.no_log", text=error.strerror or str(error))
        self.house.hand_over(self.person)
