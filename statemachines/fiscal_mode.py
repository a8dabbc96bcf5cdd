"""Is the fiscaliser on line? Whether something may be sold, and who stamps it, hangs on this.

`offline_auto`: the vendor went off line by itself and stamps from its own codes. `offline_manual`: the till stamps
from its pool. `draining`: what was stamped off line is being delivered. `jammed`: the register refuses the order of
what it is given; only a person can go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from statemachines.machine import Output, Reject, Row, Table
from statemachines.vocabulary.events import Occurred
from statemachines.vocabulary.offline_events import FiscalModeChanged

ONLINE: Final = "online"
OFFLINE_AUTO: Final = "offline_auto"
OFFLINE_MANUAL: Final = "offline_manual"
DRAINING: Final = "draining"
JAMMED: Final = "jammed"
STATES = (ONLINE, OFFLINE_AUTO, OFFLINE_MANUAL, DRAINING, JAMMED)
OWN_SESSION = (OFFLINE_MANUAL, DRAINING, JAMMED)
"""What is made lawful meanwhile, the till makes lawful: what waits for the fiscaliser must come before it."""

ALLOWED: dict[str, tuple[str, ...]] = {
    ONLINE: (OFFLINE_AUTO, OFFLINE_MANUAL, JAMMED),
    OFFLINE_AUTO: (ONLINE, OFFLINE_MANUAL, JAMMED),
    OFFLINE_MANUAL: (DRAINING, ONLINE, JAMMED),
    DRAINING: (ONLINE, OFFLINE_MANUAL, OFFLINE_AUTO, JAMMED),
    JAMMED: (DRAINING, ONLINE),
}
"""From a session of one's own only the drain leads back, unless nothing was stamped in it: first what was stamped is
delivered."""


@dataclass(slots=True)
class Mode:
    state: str = ONLINE
    since: int = 0
    session_id: str = ""
    reason: str = ""


class Context(Protocol):
    @property
    def now(self) -> Occurred: ...


def _changed(mode: Mode, event: FiscalModeChanged, context: Context) -> Iterable[Output]:
    mode.since = context.now.at
    mode.session_id = event.session_id or (mode.session_id if event.to != ONLINE else "")
    mode.reason = event.reason
    return ()


def _to(target: str) -> Any:
    def leads_there(_: Mode, event: FiscalModeChanged, __: Context) -> bool:
        return event.to == target

    return leads_there


ROWS: tuple[Row[Mode, Context], ...] = tuple(
    Row(source, FiscalModeChanged, target, _changed, _to(target))
    for source, targets in ALLOWED.items()
    for target in targets
)
REJECTS: tuple[Reject, ...] = (
    Reject(STATES, (FiscalModeChanged,), "no-way", "The fiscal mode cannot change like this from where it is."),
)

TABLE: Table[Mode, Context] = Table("fiscal_mode", STATES, ROWS, REJECTS)


def why_not(mode: Mode, *, stamps: bool, waiting: int = 0) -> tuple[str, str] | None:
    """Why nothing can be fiscalised (code, sentence), or None. `stamps`: the till can stamp off line by itself, also
    while `waiting` documents are still being delivered."""
    if mode.state == JAMMED:
        text = f"The register is jammed ({mode.reason}): nothing may be sent to it before a person has decided."
        return "fiscal-jammed", text
    if mode.state == DRAINING and not stamps:
        text = f"What was sold off line is being sent to the register ({waiting} left): repeat in a moment."
        return "fiscal-draining", text
    if mode.state == OFFLINE_MANUAL and not stamps:
        return "fiscal-offline", f"The register is off line ({mode.reason}), and nothing can be stamped without it."
    return None
