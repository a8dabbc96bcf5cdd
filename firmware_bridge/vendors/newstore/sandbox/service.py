"""In the vendor's place behind a sale: a request comes in, an answer goes out; no socket, no thread, no waiting.

The order in which a request is looked at: faults of the line (not-reached) -> maintenance -> path and method -> token
(401 missing, 403 not valid) -> scope (403) -> 500 and 400 by fault -> body is JSON -> fields and parameters (400) ->
what the path names (404) -> transaction type allowed (403) -> amounts against the drawer (400) -> states (409). The
page lists refusals by status, not their order; this one is inferred.
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime

from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.control import Control
from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.newstore.sandbox.http import Answer, Request, decode
from firmware_bridge.vendors.newstore.sandbox.ledger import Ledger
from firmware_bridge.vendors.newstore.sandbox.options import SandboxOptions
from firmware_bridge.vendors.newstore.sandbox.routes import ACTS, Routes
from firmware_bridge.vendors.newstore.sandbox.tokens import Tokens
from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Reply, encode


class Service:
    """The vendor: one tenant with one API client."""

    def __init__(self, options: SandboxOptions, clock: Clock, entropy: random.Random) -> None:
        """`entropy` gives ids and keys. Raises ValueError for an unknown fault or an URL that cannot be."""
        self.options = options
        self.client_id = options.client_id or f"client-{entropy.getrandbits(32):08x}"
        letters = string.ascii_letters + string.digits
        self.client_secret = options.client_secret or "".join(entropy.choice(letters) for _ in range(32))
        self.token_path = f"/auth/realms/{options.tenant}/protocol/openid-connect/token"
        self._clock = clock
        self._faults = Faults(Fault, options.faults)
        self._routes = Routes(options.urls)
        self.store_id = options.store_id or f"store-{entropy.getrandbits(32):08x}"
        self._ledger = Ledger(options, self.store_id, entropy)
        self._tokens = Tokens(self.client_id, self.client_secret, options.token_lifetime_s, entropy)
        self._control = Control(self._ledger, self._faults, clock, self._tokens)

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Answer one request. A parameter given more than once comes joined by commas."""
        now = self._clock.now()
        if path.startswith("/_"):
            status, said = self._control.answer(method, path, body)
            return self._finish(Answer(said, status), now)
        operation, captured, wrong = self._find(method, path)
        if self._faults.strike("not-reached", path, operation):
            return Reply(0, {}, b"", dropped=True)
        late = self._faults.strike("slow", path, operation)
        lost = self._faults.strike("lost-answer", path, operation)
        try:
            self._stand(wrong, path, operation)
            answer = self._carry_out(operation, path, captured, query, headers, body, now)
        except Refused as no:
            said = {"error_code": no.kind.error_code, "message": no.message, "request_id": self._ledger.new_id()}
            answer = Answer(said, no.kind.status)
        reply = self._finish(answer, now)
        return replace(reply, dropped=lost is not None, delay_s=late.delay_s if late else 0.0)

    def _find(self, method: str, path: str) -> tuple[str, Mapping[str, str], Refused | None]:
        try:
            if path == self.token_path:
                return "token", {}, None if method == "POST" else Refused("no-method")
            return *self._routes.find(method, path), None
        except Refused as no:
            return "", {}, no

    def _stand(self, wrong: Refused | None, path: str, operation: str) -> None:
        if self._faults.strike("maintenance", path, operation):
            raise Refused("maintenance")
        if wrong is not None:
            raise wrong

    def _carry_out(
        self,
        operation: str,
        path: str,
        captured: Mapping[str, str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        now: datetime,
    ) -> Answer:
        if operation == "token":
            if self._faults.strike("server-error", path, operation):
                raise Refused("broken")
            return self._tokens.grant(body, now)
        self._let_in(operation, path, headers, now)
        if self._faults.strike("server-error", path, operation):
            raise Refused("broken")
        if self._faults.strike("refused", path, operation):
            raise Refused("bad-field", "this request was made to fail.")

        def strikes(name: str) -> bool:
            return self._faults.strike(name, path, operation) is not None

        request = Request(captured, query, decode(body) if body else None)
        return ACTS[operation](Call(request, self.options, self._ledger, now, strikes))

    def _let_in(self, operation: str, path: str, headers: Mapping[str, str], now: datetime) -> None:
        names = {name.lower(): value for name, value in headers.items()}
        token = self._tokens.check(names.get("authorization", ""), now)
        if self._faults.strike("token-expired", path, operation):
            self._tokens.revoke(token)
            raise Refused("bad-token")
        if self._faults.strike("forbidden", path, operation):
            raise Refused("no-scope")

    def _finish(self, answer: Answer, now: datetime) -> Reply:
        headers = {"Date": format_datetime(now.replace(microsecond=0), usegmt=True)}
        if answer.body is None:
            return Reply(answer.status, headers, b"")
        return Reply(answer.status, headers | {"Content-Type": "application/json"}, encode(answer.body))
