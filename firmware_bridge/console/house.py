"""Beside a till: what all sessions of one console share: the configuration, the people, and what is written of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from firmware_bridge.bundle import register
from firmware_bridge.clock import TillClock
from firmware_bridge.config import Client, Config, ConfigError, load
from firmware_bridge.console.audit import Audit, NotNow
from firmware_bridge.console.pins import Pins, pins_file
from firmware_bridge.console.service import Service
from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.console.teller import REST_S, Teller, TillSlow
from firmware_bridge.logs import Redactor


@dataclass(slots=True)
class House:
    """What all sessions of a console share. `path`: the till's configuration, read again for each command."""

    path: Path
    clock: TillClock
    version: str
    config: Config
    redactor: Redactor = field(default_factory=Redactor)
    _rest_until: float = 0.0

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
        return Pins(pins_file(self.config), self.clock.utc_ms)

    @property
    def audit(self) -> Audit:
        place = Path(self.settings.log or f"{self.config.journal.path}.console")
        return Audit(place, self.clock.utc_ms, self.redactor)

    def hand_over(self, person: Client | None) -> None:
        """Tell the till what waits for its journal, as the console itself or else as `person`; now, or another time."""
        teller = self.client(self.settings.client) or person
        if teller is None or self.clock.monotonic() < self._rest_until:
            return
        try:
            self.audit.hand_over(Teller(self.config.api.address, teller.token_file))
        except TillSlow:
            self._rest_until = self.clock.monotonic() + REST_S
        except (NotNow, OSError):
            return

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
