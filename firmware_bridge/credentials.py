"""Before a sale's way begins: where secrets come from. A configuration names a file or a variable, never the secret."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from firmware_bridge.errors import UsageError

MAX_SECRET = 1024


class Secret(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A secret's place: `file` (nothing but the secret in it) or `env` (the name of an environment variable)."""

    file: Annotated[str, Meta(max_length=4096)] = ""
    env: Annotated[str, Meta(pattern=r"\A([A-Za-z_][A-Za-z0-9_]*)?\Z", description="a variable's name")] = ""

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.env):
            raise ValueError("must have either file or env")


def read(
    secret: Secret,
    place: str,
    on_secret: Callable[[str], None],
    environ: Mapping[str, str] | None = None,
) -> str:
    """Return the secret. `place` is its key in the configuration, for errors; `on_secret` keeps it out of the logs.

    Raises UsageError with one sentence when it cannot be read.
    """
    if secret.file:
        place = f"{place}.file"
        try:
            value = Path(secret.file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise UsageError(f"{place}: {secret.file} cannot be read: {reason}") from error
    else:
        place = f"{place}.env"
        value = (os.environ if environ is None else environ).get(secret.env, "").strip()
    if not value or len(value) > MAX_SECRET or not value.isprintable():
        raise UsageError(f"{place}: there is no secret in it (1 to {MAX_SECRET} printable characters)")
    on_secret(value)
    return value
