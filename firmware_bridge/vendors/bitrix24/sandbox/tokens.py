"""In the place of who orders a sale: access and refresh tokens of one application, and the webhook's secret.

Source: the vendor's pages on OAuth 2: an access token lives an hour; a refresh token is replaced whenever it is used;
a code lives 30 s.
"""

from __future__ import annotations

import hmac
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from firmware_bridge.vendors.bitrix24.sandbox.errors import system
from firmware_bridge.vendors.bitrix24.sandbox.options import SandboxOptions
from firmware_bridge.vendors.sandbox.wire import Json

PATH: Final = "/oauth/token/"
_REFRESH_LIVES: Final = timedelta(days=180)


class Tokens:
    """One application. `base_url` of the portal stands in what is granted."""

    def __init__(self, options: SandboxOptions, entropy: random.Random) -> None:
        self._options = options
        self._entropy = entropy
        self.client_id = options.client_id or f"local.{entropy.getrandbits(64):016x}"
        self.client_secret = options.client_secret or self._word()
        self.webhook_secret = options.webhook_secret or f"{entropy.getrandbits(64):016x}"
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}
        self._codes: dict[str, datetime] = {}
        self.given = 0

    def code(self, now: datetime) -> str:
        """What the browser brings back after a person has said yes."""
        code = self._word()
        self._codes[code] = now + timedelta(seconds=self._options.code_lifetime_s)
        return code

    def refresh_token(self, now: datetime) -> str:
        """A refresh token, as an installation hands it out."""
        token = self._word()
        self._refresh[token] = now + _REFRESH_LIVES
        return token

    def grant(self, given: Mapping[str, str], now: datetime, base_url: str) -> tuple[int, Json]:
        """Answer the token address."""
        kind = given.get("grant_type", "")
        known = hmac.compare_digest(given.get("client_id", "").encode(), self.client_id.encode())
        secret = hmac.compare_digest(given.get("client_secret", "").encode(), self.client_secret.encode())
        if kind not in ("authorization_code", "refresh_token"):
            return _no(400, "invalid_request", "grant_type is wrong")
        if not (known and secret):
            return _no(401, "invalid_client", "client_id or client_secret is wrong")
        book, name = (self._codes, "code") if kind == "authorization_code" else (self._refresh, "refresh_token")
        ends = book.pop(given.get(name, ""), None)
        if ends is None or ends <= now:
            return _no(400, "invalid_grant", "the authorization is not valid any more")
        return 200, self._granted(now, base_url)

    def _granted(self, now: datetime, base_url: str) -> Json:
        access, seconds = self._word(), self._options.token_lifetime_s
        self._access[access] = now + timedelta(seconds=seconds)
        self.given += 1
        return {
            "access_token": access,
            "expires": int(now.timestamp()) + seconds,
            "expires_in": seconds,
            "scope": ",".join(self._options.scope),
            "domain": self._options.domain,
            "server_endpoint": f"{base_url}/rest/",
            "client_endpoint": f"{base_url}/rest/",
            "status": "L",
            "member_id": "a223c6b3710f85df22e9377d6c4f7553",
            "user_id": self._options.user_id,
            "refresh_token": self.refresh_token(now),
        }

    def check(self, token: str, now: datetime) -> str:
        """The client id that a token stands for. Raises Refused: 401."""
        if token not in self._access:
            raise system("NO_AUTH_FOUND")
        if self._access[token] <= now:
            raise system("expired_token")
        return self.client_id

    def check_webhook(self, user: str, secret: str) -> None:
        """Raises Refused: 401."""
        right = hmac.compare_digest(secret.encode(), self.webhook_secret.encode())
        if not right or user != str(self._options.user_id):
            raise system("NO_AUTH_FOUND")

    def _word(self) -> str:
        return f"{self._entropy.getrandbits(256):064x}"


def _no(status: int, error: str, what: str) -> tuple[int, Json]:
    return status, {"error": error, "error_description": what}
