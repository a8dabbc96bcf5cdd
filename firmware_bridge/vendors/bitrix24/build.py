"""Before a sale's way begins: the client of a portal from its section of the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from firmware_bridge import credentials
from firmware_bridge.clock import TillClock
from firmware_bridge.errors import UsageError
from firmware_bridge.vendors.bitrix24.client import Access, Application, Client, Webhook
from firmware_bridge.vendors.bitrix24.config import PortalConfig
from firmware_bridge.vendors.bitrix24.limits import Limiter, Sleep
from firmware_bridge.vendors.bitrix24.oauth import ROLE, TokenFile, Tokens
from firmware_bridge.vendors.http import HttpTransport, Limits

LIMITS = Limits(answer_s=65.0)
"""The portal gives a request 60 s to run."""


@dataclass(frozen=True, slots=True)
class Parts:
    """One portal: its section, the secret of our address, the client, and the tokens where it is an application."""

    name: str
    config: PortalConfig
    secret: str
    client: Client
    tokens: Tokens | None

    async def close(self) -> None:
        """Let the connections go."""
        await self.client.close()
        if self.tokens is not None:
            await self.tokens.close()


def build(
    name: str,
    config: PortalConfig,
    clock: TillClock,
    *,
    version: str = "",
    on_secret: Callable[[str], None] = lambda _: None,
    sleep: Sleep = asyncio.sleep,
) -> Parts:
    """Read the secrets; nothing is sent yet. Raises UsageError with one sentence."""
    place = f"bitrix24.{name}"
    secret = credentials.read(config.secret, f"{place}.secret", on_secret)
    if len(secret) < 16 or not (secret.isascii() and secret.replace("-", "").replace("_", "").isalnum()):
        raise UsageError(f"{place}.secret: must have 16 or more letters, digits, - and _: it stands in an address")
    try:
        base_url, access, tokens = _access(place, config, clock, on_secret)
        transport = HttpTransport(base_url, clock.monotonic, LIMITS, role=ROLE)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from error
    limiter = Limiter(clock.monotonic, clock.utc_ms, sleep)
    return Parts(name, config, secret, Client(transport, access, limiter, sleep, f"firmware-bridge/{version}"), tokens)


def _access(
    place: str, config: PortalConfig, clock: TillClock, on_secret: Callable[[str], None]
) -> tuple[str, Access, Tokens | None]:
    """Raises UsageError, ValueError."""
    if config.webhook is not None:
        webhook = Webhook(credentials.read(config.webhook, f"{place}.webhook", on_secret))
        on_secret(webhook.secret)
        return webhook.base_url, webhook, None
    section = config.oauth
    if section is None:
        raise ValueError("neither webhook nor oauth")
    secret = credentials.read(section.client_secret, f"{place}.oauth.client_secret", on_secret)
    parts = urlsplit(section.token_url)
    tokens = Tokens(
        HttpTransport(f"{parts.scheme}://{parts.netloc}", clock.monotonic, role=ROLE),
        parts.path,
        (section.client_id, secret),
        TokenFile(section.tokens_file),
        clock.utc_ms,
        on_secret,
    )
    return _portal(config, section.token_url), Application(tokens), tokens


def _portal(config: PortalConfig, token_url: str) -> str:
    """The portal is where its domain says; one that is played on this machine is where its tokens come from."""
    parts = urlsplit(token_url)
    return f"http://{parts.netloc}" if parts.scheme == "http" else f"https://{config.domain}"
