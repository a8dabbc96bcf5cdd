"""Beside a till: what people did at the console: a line for each sign-in and each command that changes something.

What the till itself did for them stands in its journal under their name. This file is there for what happens while no
till runs, and for tries that never got as far. Appended and synced; never a PIN, never a secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge.logs import Redactor, safe


class Audit:
    """`redactor`: what may never be written. Raises OSError from `note` for a disk that takes nothing."""

    def __init__(self, path: Path, utc_ms: Callable[[], int], redactor: Redactor) -> None:
        self._path = path
        self._utc_ms = utc_ms
        self._redactor = redactor

    def note(self, what: str, channel: str, person: str, text: str = "", result: str = "") -> None:
        """One line of JSON, on the disk when this returns."""
        at = datetime.fromtimestamp(self._utc_ms() / 1000, UTC).isoformat(timespec="milliseconds")
        facts = {"at": at, "what": what, "channel": channel, "person": person, "command": text, "result": result}
        clean = {key: safe(self._redactor.mask(value))[:300] for key, value in facts.items() if value}
        line = json.dumps(clean, ensure_ascii=False) + "\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
