"""What a person may not ask of a book's lane. The text is one sentence."""

from __future__ import annotations


class GatewayMisuse(Exception):
    """What was asked is not possible as things stand; nothing was changed."""
