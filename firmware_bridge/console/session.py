"""Beside a till: one person at one terminal: signed in or not, in one language, doing one thing after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.bundle import register
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Client, Config, ConfigError, load
from firmware_bridge.console.audit import Audit
from firmware_bridge.console.client import Api, Refused, TillAway
from firmware_bridge.console.grammar import Command, Grammar, NotUnderstood
from firmware_bridge.console.pins import Pins, SlowDown
from firmware_bridge.console.service import Service
from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.console.terminal import Gone, Idle, Interrupted, Terminal, Transport
from firmware_bridge.console.words import Words
from firmware_bridge.errors import UserError
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.logs import Redactor, one_line

LEAVE = "exit"


@dataclass(slots=True)
class House:
    """What all sessions of a console share. `path`: the till's configuration, read again for each command."""

    path: Path
    clock: TillClock
    version: str
    config: Config
    redactor: Redactor = field(default_factory=Redactor)

    @classmethod
    def of(cls, path: Path, clock: TillClock, version: str) -> House:
        """Raises ConfigError."""
        house = cls(path, clock, version, load(path))
        name = house.settings.client
        if name and house.client(name) is None:
            raise ConfigError(f"{path}: console.client: there is no client {name} with a token_file in [[api.clients]]")
        register(house.config, house.redactor)
        return house

    @property
    def settings(self) -> ConsoleConfig:
        return self.config.console

    @property
    def pins(self) -> Pins:
        return Pins(Path(self.settings.pins or f"{self.config.journal.path}.pins"), self.clock.utc_ms)

    @property
    def audit(self) -> Audit:
        place = Path(self.settings.log or f"{self.config.journal.path}.console")
        return Audit(place, self.clock.utc_ms, self.redactor)

    @property
    def service(self) -> Service:
        return Service(self.settings)

    def fresh(self) -> None:
        """Read the configuration again; one that cannot be used leaves the one before."""
        try:
            self.config = load(self.path)
        except ConfigError:
            return
        register(self.config, self.redactor)

    def client(self, name: str) -> Client | None:
        """The entry of [[api.clients]] with this name and a token that can be used."""
        return next((one for one in self.config.api.clients if one.name == name and one.token_file), None)


class Session:
    """`channel`: serial, socket or terminal, for the log of who did what."""

    def __init__(self, house: House, transport: Transport, grammar: Grammar, channel: str) -> None:
        self.house = house
        self.channel = channel
        self.grammar = grammar
        self.person: Client | None = None
        self.words = Words(house.settings.language)
        self.listed: tuple[str, ...] = ()
        self.terminal = Terminal(
            transport,
            house.clock.monotonic,
            charset=house.settings.charset,
            idle=house.settings.idle_s,
            redactor=house.redactor,
            complete=grammar.complete,
        )

    # --- for commands -----------------------------------------------------------------------------------------------

    @property
    def config(self) -> Config:
        return self.house.config

    def say(self, text: str) -> None:
        self.terminal.say(text)

    def tell(self, key: str, **facts: object) -> None:
        """A sentence of the table."""
        self.say(self.words(key, **facts))

    def agreed(self, key: str, **facts: object) -> bool:
        """Ask for a yes, in whatever language: the word itself, so that no stray key is one."""
        return self.terminal.ask(self.words(key, **facts) + " ").strip().lower() == "yes"

    def api(self) -> Api:
        """The till, asked as whoever is signed in, or as the console itself. Raises UserError."""
        who = self.person or self.house.client(self.house.settings.client)
        if who is None:
            raise UserError(self.words("session.sign_in_first"))
        return Api(self.config.api.address, who.token_file)

    # --- its course -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until the far end is gone. A person who types nothing for long is signed out, and the line stays there."""
        self.say(f"firmware-bridge {self.house.version}  till {self.config.till.id}")
        self.tell("session.hint")
        try:
            while self._turn():
                continue
        except Gone:
            pass
        finally:
            self._sign_out("SignedOut")

    def once(self, line: str) -> None:
        """One command and no more; nobody is there to sign in."""
        with suppress(Gone, Idle, Interrupted):
            self._obey(line)

    def _turn(self) -> bool:
        try:
            name = "" if self.person is None else self.person.name
            line = self.terminal.command(f"{name}> ").strip()
            return not line or self._obey(line)
        except Interrupted:
            return True
        except Idle:
            if self.person is not None:
                self._sign_out("SignedOut")
                self.tell("session.idle")
            return True

    def _obey(self, line: str) -> bool:
        self.house.fresh()
        try:
            command, arguments = self.grammar.parse(line)
        except NotUnderstood as error:
            self.tell(error.key, **error.facts)
            return True
        if command.noun == LEAVE:
            return False
        if not self._may(command):
            return True
        result = "stopped"  # unless it comes to an end: the far end may be gone in the middle
        try:
            result = self._carried_out(command, arguments)
        finally:
            if command.roles is not None:
                self._note("Done", f"{command.usage.split(' [')[0]}: {' '.join(arguments)}", result)
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
        if self.person.role not in command.roles:
            self.tell("session.other_role", role=self.person.role, roles=", ".join(sorted(command.roles)))
            return False
        return True

    def _carried_out(self, command: Command, arguments: Sequence[str]) -> str:
        """Returns how it ended: done, refused, failed, doubtful or stopped."""
        try:
            command.do(self, arguments)
        except Interrupted:
            return "stopped"
        except TillAway as error:
            self.say(error.text)
            self.tell("session.till_away")
            return "doubtful"
        except Refused as error:
            self.say(error.text)
            return "refused"
        except (UserError, JournalError) as error:
            self.say(error.line().removeprefix("firmware-bridge: ") if isinstance(error, UserError) else str(error))
            return "failed"
        except OSError as error:
            self.say(f"{error.filename or ''} {error.strerror or error}".strip())
            return "failed"
        except (LookupError, TypeError, ValueError) as error:
            self.tell("session.odd", text=one_line(error))  # a till of another release, say: the line must stay
            return "failed"
        return "done"

    # --- who it is --------------------------------------------------------------------------------------------------

    def sign_in(self, name: str) -> None:
        """Ask for the PIN. The answer takes as long, and says the same, for a name that nobody has."""
        pin = self.terminal.ask("PIN: ", hidden=True)
        client = self.house.client(name)
        try:
            good = self.house.pins.check(name, pin)
        except SlowDown as error:
            self._note("SignInSlowed", name, "", person=name)
            self.tell("session.slow", seconds=error.seconds)
            return
        if not good or client is None:
            self._note("SignInRefused", "", "", person=name)
            self.tell("session.wrong_pin")
            return
        self._sign_out("SignedOut")
        self.person = client
        self._note("SignedIn", "", "")
        self.tell("session.signed_in", name=client.name, role=client.role)

    def sign_out(self) -> None:
        self._sign_out("SignedOut")
        self.tell("session.signed_out")

    def _sign_out(self, what: str) -> None:
        if self.person is not None:
            self._note(what, "", "")
            self.person = None

    def _note(self, what: str, text: str, result: str, person: str = "") -> None:
        name = person or ("" if self.person is None else self.person.name)
        try:
            self.house.audit.note(what, self.channel, name, text, result)
        except OSError as error:
            self.tell("session.no_log", text=error.strerror or str(error))
