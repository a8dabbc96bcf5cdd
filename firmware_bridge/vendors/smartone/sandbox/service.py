"""In the vendor's place on a sale's way: a request comes in, an answer goes out; no socket, no line, no waiting.

The order in which a request is looked at: faults of the line (not-reached) -> path and method -> signature (1) -> JSON
(2) -> blocked (5) -> the operation's own checks. The papers list the codes, not their order; this one is inferred.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from firmware_bridge.vendors.sandbox.clock import Clock
from firmware_bridge.vendors.sandbox.wire import Json, Reply, encode
from firmware_bridge.vendors.smartone.sandbox.call import Call
from firmware_bridge.vendors.smartone.sandbox.codes import Refused
from firmware_bridge.vendors.smartone.sandbox.control import Control
from firmware_bridge.vendors.smartone.sandbox.faults import Fault, Faults
from firmware_bridge.vendors.smartone.sandbox.ledger import Ledger
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions
from firmware_bridge.vendors.smartone.sandbox.routes import ACTS
from firmware_bridge.vendors.smartone.sandbox.signing import form, payload

_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


class Service:
    """One register."""

    def __init__(self, options: SandboxOptions, clock: Clock, entropy: random.Random) -> None:
        """`entropy` gives ids. Raises ValueError for an unknown fault."""
        self.options = options
        self.merchant_id = options.merchant_id or f"{entropy.getrandbits(64):016x}"
        self._faults = Faults(Fault, options.faults)
        self.ledger = Ledger(options, entropy, clock.now)
        self._control = Control(self.ledger, self._faults, clock)

    def handle(self, method: str, path: str, _: Mapping[str, str], __: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request over HTTP."""
        if path.startswith("/_"):
            status, said = self._control.answer(method, path, body)
            return Reply(status, dict(_JSON), encode(said))
        if method != "POST":
            return Reply(405, {**_JSON, "Allow": "POST"}, encode(self._refusal(Refused(3, "method"))))
        return self._answer(path, path.removeprefix("/"), form(body))

    def command(self, text: bytes) -> Reply:
        """Answer what came over a serial line: the form, with the command among its fields."""
        fields = form(text)
        name = fields.get("command", "").removeprefix("/")
        return self._answer(f"/{name}", name, fields)

    def bad_frame(self) -> None:
        """A serial line brought something that is no frame."""
        self._control.bad_frames += 1

    def _answer(self, path: str, name: str, fields: dict[str, str]) -> Reply:
        if self._faults.strike("not-reached", path, name):
            return Reply(0, {}, b"", dropped=True)
        late = self._faults.strike("slow", path, name)
        lost = self._faults.strike("lost-answer", path, name)
        charges = len(self.ledger.charges)
        status = 200
        try:
            said = self._carry_out(path, name, fields)
        except Refused as no:
            said = self._refusal(no)
            status = 200 if name in ACTS[self.options.profile] else 404
        if late is None and len(self.ledger.charges) > charges:
            late = self._faults.strike("slow-card", path, name)
        reply = Reply(status, dict(_JSON), encode(said))
        return replace(reply, dropped=lost is not None, delay_s=0.0 if late is None else late.delay_s)

    def _carry_out(self, path: str, name: str, fields: dict[str, str]) -> Json:
        act = ACTS[self.options.profile].get(name)
        if act is None:
            raise Refused(3, "command")
        body = payload(fields, self.merchant_id)
        if self._faults.strike("blocked", path, name):
            raise Refused(5)

        def strikes(fault: str) -> bool:
            return self._faults.strike(fault, path, name) is not None

        def active(fault: str) -> bool:
            return self._faults.active(fault, path, name) is not None

        said = act(Call(body, self.options, self.ledger, strikes, active))
        if self.options.profile == "core":
            return {"status": "success", "data": said}
        return {"status": "success", "code": 0, **said}

    def _refusal(self, no: Refused) -> Json:
        if self.options.profile == "core":
            return {"status": "error", "message": no.message}
        return {"status": "error", "code": no.code, "message": no.message}
