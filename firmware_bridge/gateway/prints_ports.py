"""Where an ordered sale begins at the till: what its desk asks of journal, till and translator."""

from __future__ import annotations

from typing import Protocol

from firmware_bridge.api.backend import Answer
from firmware_bridge.api.requests import Asked
from firmware_bridge.api.schema import ReturnBody, SaleBody
from firmware_bridge.journal.chain import Head
from firmware_bridge.journal.records import Record
from statemachines.vocabulary.commands import Command, ReturnedBefore, Sell
from statemachines.vocabulary.events import Event
from statemachines.vocabulary.receipt import Receipt


class OrderJournal(Protocol):
    """What is asked of the till's journal (`JournalThread`)."""

    async def by_subject(self, subject: str) -> list[Record]:
        """See JournalThread."""
        ...

    async def head(self) -> Head:
        """See JournalThread."""
        ...

    async def read(self, after: int = 0, limit: int = 1) -> list[Record]:
        """See JournalThread."""
        ...


class OrderTill(Protocol):
    """What is asked of the till (`Till`, see api.backend.Backend)."""

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        """See Backend.submit."""
        ...

    async def original(self, original_id: str) -> tuple[Receipt, tuple[ReturnedBefore, ...]] | None:
        """See Backend.original."""
        ...

    def post(self, event: Event) -> None:
        """Put an event into the till's inbox."""
        ...


class Translating(Protocol):
    """What makes a command of a request (`api.translate.Translator`). Raises ProblemError."""

    def sell(self, asked: Asked[SaleBody]) -> Sell:
        """See Translator.sell."""
        ...

    def take_back(self, asked: Asked[ReturnBody], sold: tuple[Receipt, tuple[ReturnedBefore, ...]] | None) -> Sell:
        """See Translator.take_back."""
        ...
