"""What a till's life is drawn from: kinds of days, and shops with their registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from statemachines.offline import OfflineSettings
from statemachines.settings import RuleSettings
from tests.support.fiscalisers import Cloud
from tests.support.offline_chain import HOUR, Options
from tests.support.offline_world import Choose

MINUTE: Final = 60_000
CALM: Final = (
    ["sell"] * 14
    + ["moment"] * 16
    + ["minutes"] * 6
    + ["line"] * 6
    + ["give_back", "move", "x_report", "hours", "tax", "flaky", "retry"] * 2
    + ["shift", "shift", "shift", "kill", "kill", "kill", "reboot", "wall", "synchronise", "by_itself", "month"]
)
"""Days and nights."""
HECTIC: Final = (
    ["sell"] * 20
    + ["moment"] * 20
    + ["line"] * 12
    + ["tax", "flaky", "by_itself", "kill", "shift", "blink"] * 3
    + ["move", "minutes", "give_back", "retry", "reboot", "rush"]
)
"""An hour in which nothing works for long."""
BY_ITSELF: Final = (*["sell"] * 12, *["moment"] * 12, *["line"] * 8, *["tax", "by_itself"] * 4, "minutes")
"""The tax service comes and goes."""
CLOSING: Final = (
    *["sell"] * 6,
    *["moment"] * 10,
    *["line"] * 3,
    *["shift"] * 14,
    *["tax", "by_itself", "kill", "flaky"],
)
"""Shifts are closed and opened until no codes are left."""
BLINKING: Final = (*["blink"] * 3, *["moment"] * 4, "tax")
DOUBTFUL: Final = (*["blink"] * 3, *["moment"] * 4, "flaky", "kill")
RESTARTING: Final = (*["sell"] * 8, *["line"] * 6, *["kill"] * 5, *["moment"] * 6, "flaky", "tax")
"""The process dies again and again, and the line with it."""
RUSHING: Final = (*["rush"] * 4, *["back"] * 3, *["line"] * 6, *["moment"] * 5, "shift", "kill")
"""Customers in a hurry while the line comes and goes."""
SENDING: Final = (*["back"] * 6, *["line"] * 2, *["moment"] * 3, "sell", "tax", "flaky")
"""The line breaks while the register sends what it was handed."""
MIXES: Final = (CALM, CALM, HECTIC, HECTIC, BY_ITSELF, CLOSING, BLINKING, DOUBTFUL, RESTARTING, RUSHING)
Shop = Callable[[Choose], tuple[RuleSettings, Options]]
LIMITS: Final = ((36 * HOUR, 168 * HOUR), (4 * HOUR, 9 * HOUR))


def a_shop(choose: Choose) -> tuple[RuleSettings, Options]:
    """Settings and a register at random; what they say of the law's limits is the same."""
    session, month = choose(LIMITS)
    shift, sends = choose([24 * HOUR, 5 * HOUR]), choose([0, 0, 1])
    service = choose([False, False, True])
    offline = OfflineSettings(
        paper=choose(["provisional", "none"]),
        returns=choose(["allow", "refuse"]),
        code_reserve=choose([3, 6, 8]),
        refill_below=choose([12, 16]),
        refill_to=choose([18, 25]),
        refill_pause_ms=choose([MINUTE, 10 * MINUTE]),
        session_limit_ms=session,
        month_limit_ms=month,
        look_every_ms=choose([15_000, 15_000, 2 * MINUTE]),
        go_online_every_ms=15_000 if sends else choose([15_000, 2 * MINUTE]),
        stamp_above=choose([0, 3, 10]),
        move_codes=service,
    )
    traits = replace(Cloud.traits, shift_limit_ms=shift)
    settings = RuleSettings(traits=traits, drawers={}, offline=offline, returns_without_original="manager")
    return settings, Options(
        sends=sends,
        codes=25,
        service_codes=service,
        shift_ms=shift,
        after_opening=not sends,  # the older interface, which sends one a request, takes an equal date
        session_ms=session,
        month_ms=month,
    )


def an_odd_shop(choose: Choose) -> tuple[RuleSettings, Options]:
    """The same at the ends of what a shop may choose."""
    settings, options = a_shop(choose)
    reserve = choose([3, 4, 20])
    below = reserve + choose([1, 5])
    pauses = [10_000, 15_000] if options.sends else [10_000, 2 * MINUTE, 10 * MINUTE]
    hours = choose([0, 0, 1])
    offline = replace(
        settings.offline,
        code_reserve=reserve,
        refill_below=below,
        refill_to=below + choose([1, 10]),
        refill_pause_ms=MINUTE,
        session_limit_ms=hours * HOUR or settings.offline.session_limit_ms,
        month_limit_ms=hours * HOUR or settings.offline.month_limit_ms,
        stop_ms=choose([5, 30]) * MINUTE,
        look_every_ms=choose([5_000, MINUTE, 5 * MINUTE]),
        go_online_every_ms=choose(pauses),
        stamp_above=choose([0, 10, 1_000_000_000]),
    )
    return replace(settings, offline=offline), replace(options, codes=choose([25, 60]))
