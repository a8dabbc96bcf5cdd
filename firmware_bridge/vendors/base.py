"""Between a lane and a vendor on a sale's way: what every network fiscaliser offers, whoever made it.

Errors are those of the drivers, because the question is the same: may it have acted? NotSent: nothing reached the
fiscaliser. Refused: it said no. Unanswered: it may have acted, ask before anything is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from statemachines.vocabulary.effects import DeliverOffline, Fiscalise, GoOffline, GoOnline, RefillCodes, SignOut
from statemachines.vocabulary.events import Event, FiscalStamp
from statemachines.vocabulary.traits import FiscaliserTraits


@dataclass(frozen=True, slots=True)
class Findings:
    """What came out beside an order's own outcome, to be told before and after it."""

    before: tuple[Event, ...] = ()
    after: tuple[Event, ...] = ()


@runtime_checkable
class Finder(Protocol):
    """A fiscaliser that finds things out by the way, such as a shift that somebody else has closed."""

    def found(self) -> Findings:
        """What was found since the last call. Called after every order, however it ended."""


@runtime_checkable
class Copier(Protocol):
    """A fiscaliser that prints itself, and prints a document of its own once more when it is told to."""

    async def copy(self, stamp: FiscalStamp) -> bool:
        """Print the document with these particulars again. Returns whether it is on paper.

        Raises NotSent, Refused, Unanswered.
        """


@runtime_checkable
class OfflineRegister(Protocol):
    """A fiscaliser for which the till stamps by itself while it cannot be reached. Each method is one step, one
    request, and may be repeated at any time: what was done before is found and told as done.

    Each raises NotSent and Unanswered (the lane makes DrainStepFailed of them), Refused where no event says it better.
    """

    async def look(self) -> Event:
        """RegisterSeen."""

    async def refill(self, step: RefillCodes) -> Event:
        """OfflineCodesRefilled or OfflineCodesNotRefilled."""

    async def go_offline(self, step: GoOffline) -> Event:
        """WentOffline, or OfflineDocumentRefused under the session's id."""

    async def deliver(self, step: DeliverOffline) -> Event:
        """OfflineDocumentDelivered or OfflineDocumentRefused."""

    async def go_online(self, step: GoOnline) -> Event:
        """WentOnline."""

    async def ping(self) -> Event:
        """TaxServicePinged."""


class Fiscaliser(Protocol):
    """One register. Served by one lane, one order at a time; every deadline lies inside."""

    @property
    def traits(self) -> FiscaliserTraits: ...

    async def connect(self) -> None:
        """Sign in and make sure that this register may be worked on. Raises NotSent, Refused, Unanswered.

        Not a condition of `fiscalise`, which connects by itself.
        """

    async def fiscalise(self, order: Fiscalise) -> Event:
        """Make the document under `order.fiscal_doc_id` and return its outcome. Raises NotSent, Refused, Unanswered."""

    async def ask(self, order: Fiscalise) -> Event:
        """Return what became of the document; never repeat it. Raises NotSent, Refused, Unanswered: not answered."""

    async def sign_out(self, effect: SignOut) -> None:
        """The cashier leaves. Raises NotSent, Refused, Unanswered; nothing hangs on it."""

    async def close(self) -> None:
        """Let the connection go; harmless when there is none."""
