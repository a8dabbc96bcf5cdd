"""Beside a sale's way: which release this is, for those who ask and for the vendors that want to be told."""

from __future__ import annotations

import importlib.metadata


def version() -> str:
    """The installed version of the product."""
    return importlib.metadata.version("firmware-bridge")
