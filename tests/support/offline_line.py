"""What becomes of a request on its way to a register, and what a till hears of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from statemachines.vocabulary.effects import Ask, Effect, Fiscalise, RefillCodes
from statemachines.vocabulary.events import Event, FiscalisationDoubtful
from statemachines.vocabulary.offline_events import DrainStepFailed, FiscaliserUnreachable, OfflineCodesNotRefilled

POLL_MS: Final = 500
PATIENCE_MS: Final = 3_000
RECEIPT_MS: Final = 20_000
LATE_MS: Final = 12_000  # so much later than its failure a lost request is carried out at most
WAITS_MS: Final = (20, 150, 150, 900, 900, 6_000)  # how long an answer takes
SKEW_MS: Final = 300  # the register's clock against true time
NOT_SENT: Final = ("not sent", "error")  # and the till knows it
UNSURE: Final = (*NOT_SENT, "lost", "late", "gone")
"""What becomes of a request without an answer: `lost`: carried out at once; `late`: later; `gone`: never."""


@dataclass(slots=True)
class Exchange:
    """What the lane is at: `effect` since `begun`; at `due` (true time) `outcome` is told, or (None) it is asked for
    again."""

    effect: Effect
    begun: int
    due: int
    outcome: Event | None
    told: bool = False


def unanswered(effect: Effect, fate: str, at: int) -> Event:
    """What is told of a request that was not answered. `at`: UTC ms by the register's clock, as the till knows it."""
    match effect:
        case Fiscalise(document_id=name) if fate in NOT_SENT:
            return FiscaliserUnreachable(name, "no connection")
        case Fiscalise(document_id=name):
            return FiscalisationDoubtful(name, "no answer")
        case Ask(intention=intention):
            return FiscalisationDoubtful(intention.document_id, "no answer")
        case RefillCodes(ask=ask) if ask and fate not in NOT_SENT:
            return OfflineCodesNotRefilled("no answer", at + 1000)
    return DrainStepFailed(type(effect).__name__, "no answer", reached=fate == "error")
