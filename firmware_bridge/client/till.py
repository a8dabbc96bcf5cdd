"""Before a sale's way: one till, as a program has it that sells there.

    from firmware_bridge.api.schema import LineBody, PaymentBody, SaleBody
    from firmware_bridge.client.errors import Doubtful, Refused
    from firmware_bridge.client.till import Till

    till = Till.at("127.0.0.1:8321", "/etc/firmware-bridge/pos.token")
    bread = LineBody(code="4820", name="Bread", price=4100, quantity=2000, tax_group="vat20")
    cash = PaymentBody(type="cash", amount=8200, given=10000)
    receipt = till.sell(SaleBody(id="6a4c5c0e-6a0e-4c39-9d1b-0d3c5b8f2a11", lines=(bread,), payments=(cash,)))

Whoever sells keeps the id with the sale before it asks: after `Doubtful`, or when the program itself was ended in
between, the same call with the same id gives the one result.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from firmware_bridge.client.asking import Asker, Patience
from firmware_bridge.client.back import BackOffice
from firmware_bridge.client.day import Daily
from firmware_bridge.client.line import Place, Tcp, Token, TokenFile, Unix
from firmware_bridge.client.selling import Selling
from firmware_bridge.client.stream import Events, Silence
from firmware_bridge.client.typed import new_id


class Till(Selling, Daily, BackOffice):
    """A till. Blocking; every call can be made from any thread. Nothing is kept open between calls."""

    def __init__(
        self,
        where: Callable[[], Place],
        token: Token | None,
        patience: Patience | None = None,
        *,
        ids: Callable[[], str] = new_id,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`where` the till is, looked up for each sending; `token` None: on the unix socket the kernel says who asks.

        `ids` makes the ids of commands that come without one. `clock` and `sleep` in seconds.
        """
        super().__init__(Asker(where, token, patience or Patience(), clock, sleep), ids)
        self._where = where

    @classmethod
    def at(cls, address: str, token_file: str, patience: Patience | None = None) -> Self:
        """At "host:port", as the client whose token stands in this file. Raises UserError for an address that is
        none; a file that cannot be read is told with the first call."""
        place = Tcp.of(address)
        return cls(lambda: place, TokenFile(token_file), patience)

    @classmethod
    def at_socket(cls, path: str, patience: Patience | None = None) -> Self:
        """At its unix socket, as the local user who runs this program."""
        place = Unix(path)
        return cls(lambda: place, None, patience)

    def events(self, after: int = 0, silence: Silence | None = None) -> Events:
        """What is written into the journal behind number `after`, from then on live. A context manager and iterator.

        Raises nothing before the first event is asked for. Not every number is told: of some a role sees nothing.
        """
        return Events(self._asker, after, silence or Silence())

    def __repr__(self) -> str:
        return f"Till({self._where()})"
