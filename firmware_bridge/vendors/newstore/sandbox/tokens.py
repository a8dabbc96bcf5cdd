"""In the vendor's place behind a sale: access tokens for API clients, OpenID Connect's client credentials.

Sources: the vendor's authentication pages (address, form, 401 without a header, 403 for a bad or expired token);
RFC 6749 sections 4.4 and 5.2 (answer and refusals, which have a form of their own).
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.http import Answer


class Tokens:
    """The tokens given out and not revoked; each lives `lifetime_s` seconds."""

    def __init__(self, client_id: str, client_secret: str, lifetime_s: int, entropy: random.Random) -> None:
        self._known = (client_id, client_secret)
        self._lifetime = timedelta(seconds=lifetime_s)
        self._entropy = entropy
        self._ends: dict[str, datetime] = {}
        self.given = 0

    def grant(self, body: bytes, now: datetime) -> Answer:
        """Answer a form with grant_type, client_id and client_secret."""
        try:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50))
        except ValueError:
            return _no(400, "invalid_request", "The form could not be read")
        if "grant_type" not in form:
            return _no(400, "invalid_request", "Missing form parameter: grant_type")
        if form["grant_type"] != "client_credentials":
            return _no(400, "unsupported_grant_type", "Unsupported grant_type")
        if not self._knows(form):
            return _no(401, "invalid_client", "Invalid client or Invalid client credentials")
        token = f"{self._entropy.getrandbits(256):064x}"
        self._ends = {one: end for one, end in self._ends.items() if end > now}
        self._ends[token] = now + self._lifetime
        self.given += 1
        seconds = int(self._lifetime.total_seconds())
        return Answer({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

    def _knows(self, form: Mapping[str, str]) -> bool:
        told = (form.get("client_id", ""), form.get("client_secret", ""))
        # both are compared, in a time that does not tell which one was wrong
        matches = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(told, self._known, strict=True)]
        return all(matches)

    def check(self, authorization: str, now: datetime) -> str:
        """The token of an `Authorization` header. Raises Refused: 401 without one, 403 for one that is not valid."""
        if not authorization:
            raise Refused("no-token")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token not in self._ends or self._ends[token] <= now:
            raise Refused("bad-token")
        return token

    def revoke(self, token: str) -> None:
        del self._ends[token]


def _no(status: int, error: str, what: str) -> Answer:
    return Answer({"error": error, "error_description": what}, status)
