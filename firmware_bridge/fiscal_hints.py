"""Beside a sale's way: what a fiscaliser sends by itself makes the till ask at once instead of after its pause.

A hint is never taken for the truth: what it names is asked about as always. Loaded where a key is configured alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware_bridge.log_kinds import about
from firmware_bridge.vendors.checkbox.webhook import SIGNATURE, NotGenuine, Unreadable, accept

log = logging.getLogger(__name__)


class CheckboxWebhook:
    """Of one register. `heard` gets the fiscaliser's id of what should be looked at; it must not wait."""

    header = SIGNATURE

    def __init__(self, key: str, heard: Callable[[str], None]) -> None:
        self._key = key
        self._heard = heard

    def hear(self, body: bytes, signature: str) -> bool:
        """See api.webhooks.Webhook. What is signed and not understood counts as heard, or it would come for hours."""
        try:
            hint = accept(self._key, body, signature)
        except NotGenuine as error:
            log.info("webhook of Checkbox: %s", error, extra=about("vendor-told", vendor="checkbox"))
            return False
        except Unreadable as error:
            log.warning("webhook of Checkbox: %s", error, extra=about("vendor-told", vendor="checkbox"))
            return True
        self._heard(hint.id)
        return True
