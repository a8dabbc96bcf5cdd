"""In the place of who orders a sale: how the portal behaves; every point that the papers leave open is a field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Times in seconds. Raises ValueError when a value cannot work."""

    port: int = 0
    #: `name` or `name:count`; see `faults.FAULTS`.
    faults: tuple[str, ...] = ()
    domain: str = "shop.bitrix24.test"
    user_id: int = 1
    #: Empty = made at random at the start.
    webhook_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    #: What the webhook and the application may call.
    scope: tuple[str, ...] = ("sale", "cashbox")
    #: Which of them are needed: the seed names both, the Russian pages `cashbox` alone.
    needed_scope: tuple[str, ...] = ("cashbox",)
    #: Whether the user of webhook and application is a CRM administrator.
    admin: bool = True
    token_lifetime_s: int = 3600
    code_lifetime_s: int = 30
    #: The bucket: so many requests at once, so many let out each second.
    burst: int = 50
    rate_per_s: float = 2.0
    #: What every request costs of its method's operating time, and how much there is in ten minutes.
    operating_s: float = 0.05
    operating_limit_s: float = 480.0
    #: How often waiting checks are asked about; 0 = only on `POST /_agent`.
    agent_s: float = 120.0
    #: How many of them in one run.
    agent_checks: int = 5
    #: How long the cash register may take to answer.
    answer_s: float = 30.0
    #: Whether a document's id ends with the time (newer portals), so that a reprint has a new one.
    uuid_stamp: bool = True
    #: Print requests as the platform sends them, or as the documentation shows them.
    print_body: Literal["form", "json"] = "form"
    currency: str = "UAH"

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port is 0 (any free one) to 65535, not {self.port}")
        if min(self.token_lifetime_s, self.code_lifetime_s, self.burst, self.rate_per_s, self.answer_s) <= 0:
            raise ValueError("life times, burst, rate_per_s and answer_s are above 0")
        if min(self.agent_s, self.operating_s, self.agent_checks) < 0:
            raise ValueError("agent_s, agent_checks and operating_s are not negative")
