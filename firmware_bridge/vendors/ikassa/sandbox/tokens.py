"""In the vendor's place on a sale's way: AUTH, and who may work at the till."""

from __future__ import annotations

import hmac
import random
import string
from collections.abc import Mapping
from typing import Any

from firmware_bridge.vendors.ikassa.sandbox.errors import Refused
from firmware_bridge.vendors.ikassa.sandbox.fields import Body
from firmware_bridge.vendors.ikassa.sandbox.options import SandboxOptions
from firmware_bridge.vendors.sandbox.wire import Json


class Tokens:
    """One PIN and the tokens that were given for it."""

    def __init__(self, options: SandboxOptions, entropy: random.Random) -> None:
        self._mode = options.token_mode
        self.pin = options.pin or "".join(entropy.choice(string.digits) for _ in range(4))
        self._entropy = entropy
        self._valid: set[str] = set()
        self._remembered = False
        self.given = 0

    def grant(self, given: Any) -> Json:
        """AUTH: {pin, rememberPin, returnToken} -> {token}. Raises Refused: 401 for a wrong PIN, 413."""
        body = Body(given)
        pin = body.text("pin")
        remember, wants = body.flag("rememberPin", default=False), body.flag("returnToken", default=False)
        if not hmac.compare_digest(pin.encode(), self.pin.encode()):
            raise Refused(401)
        self._remembered = self._remembered or remember
        if not wants:
            return {}
        token = f"{self._entropy.getrandbits(160):040x}"
        self._valid.add(token)
        self.given += 1
        return {"token": token}

    def check(self, headers: Mapping[str, str], *, expired: bool) -> None:
        """Raises Refused: 401 without a token where one is needed, 405 for one that is not valid."""
        names = {name.lower(): value for name, value in headers.items()}
        token = names.get("auth-token", "")
        if not self._mode:
            return
        if expired:
            self._valid.discard(token)
            raise Refused(405)
        if not token and not self._remembered:
            raise Refused(401)
        if token and token not in self._valid:
            raise Refused(405)
