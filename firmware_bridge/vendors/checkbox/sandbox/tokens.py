"""In the vendor's place on a sale's way: who a caller is: credentials, tokens, keys.

Tokens are JSON Web Tokens (HS256) without an end of life, as the vendor's are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from firmware_bridge.vendors.checkbox.sandbox.errors import Refused
from firmware_bridge.vendors.checkbox.sandbox.values import Cashier
from firmware_bridge.vendors.sandbox.wire import encode

_HEADER: Final = {"alg": "HS256", "typ": "JWT"}


def same(given: str, known: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell."""
    return hmac.compare_digest(given.encode(), known.encode())


class Tokens:
    """The tokens given out and not revoked."""

    def __init__(self, cashiers: Iterable[Cashier], entropy: random.Random) -> None:
        self._cashiers = tuple(cashiers)
        self._entropy = entropy
        self._key = entropy.randbytes(32)
        self._valid: dict[str, Cashier] = {}

    def by_password(self, login: str, password: str, now: datetime) -> str:
        """A new token. Raises Refused."""
        for one in self._cashiers:
            if same(login, one.login) and same(password, one.password):
                return self._give(one, now)
        raise Refused("bad-login")

    def by_pin(self, pin_code: str, now: datetime) -> str:
        """A new token. Raises Refused."""
        for one in self._cashiers:
            if same(pin_code, one.pin_code):
                return self._give(one, now)
        raise Refused("bad-pin")

    def holder(self, authorization: str) -> tuple[Cashier, str]:
        """The cashier of an `Authorization` header, and the token. Raises Refused."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused("no-token")
        cashier = self._valid.get(token)
        if cashier is None:
            raise Refused("bad-token")
        return cashier, token

    def revoke(self, token: str) -> None:
        del self._valid[token]

    def _give(self, cashier: Cashier, now: datetime) -> str:
        seconds = int(now.timestamp())
        jti = str(uuid.UUID(int=self._entropy.getrandbits(128), version=4))
        claims = {"token_type": "API", "jti": jti, "sub": cashier.id, "nbf": seconds, "iat": seconds}
        signed = f"{_part(_HEADER)}.{_part(claims)}"
        signature = hmac.new(self._key, signed.encode(), hashlib.sha256).digest()
        token = f"{signed}.{_base64(signature)}"
        self._valid[token] = cashier
        return token


def _part(value: Any) -> str:
    return _base64(encode(value))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
