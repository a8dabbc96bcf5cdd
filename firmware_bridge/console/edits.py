"""Beside a till: one value of the configuration changed by a technician, and nothing else in the file.

The file stays a person's: comments and order are kept, because one line is changed. What comes out is read again: it
must differ from before in this one value, and be a configuration that the till would start with. The file as it was
stays beside it (`….before`).
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from firmware_bridge import config_check
from firmware_bridge.config import Config, ConfigError, load
from firmware_bridge.console.pins import write_atomically
from firmware_bridge.credentials import MAX_SECRET, Secret
from firmware_bridge.errors import UserError

#: What a technician may change: devices and where vendors are. Money, taxes, people and tokens are not among it.
_MAY: Final = re.compile(
    r"printer\.[a-z_]+|drawers\.[A-Za-z0-9_-]+\.[a-z_]+|"
    r"fiscaliser\.[a-z]+\.(port|url|base_url|login|dialect|columns)|book\.[a-z]+\.(base_url|token_url|client_id)"
)
_KEYS: Final = "printer.*, drawers.<id>.*"
_NAME: Final = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\")"
_HEADING: Final = re.compile(rf"\s*\[\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*\]\s*(#.*)?$")
_COMMENT: Final = re.compile(r"\s+#.*$")


def change(path: Path, key: str, value: str | None) -> Config:
    """Set `key` ("printer.page") to `value` as typed, None = take it out; returns the new configuration.

    Raises UserError; nothing is changed then.
    """
    if not _MAY.fullmatch(key):
        raise UserError(f"{key} is not changed from here; nothing was changed", f"what can be changed: {_KEYS}")
    before = path.read_text("utf-8")
    section, _, name = key.rpartition(".")
    wanted = None if value is None else _literal(value)
    after = edited(before, section, name, wanted)
    if value is not None and not _only_differs(before, after, key, wanted):
        raise UserError(f"{key} stands in a form in the file that is not changed from here; nothing was changed")
    found = checked(path, after)
    keep = path.with_name(f"{path.name}.before")
    write_atomically(keep, before.encode(), path.stat().st_mode & 0o777)
    write_atomically(path, after.encode(), path.stat().st_mode & 0o777)
    return found


def undo(path: Path) -> None:
    """The file as it was before the last change; a second time brings that change back. Raises UserError."""
    keep = path.with_name(f"{path.name}.before")
    if not keep.exists():
        raise UserError("nothing was changed from here; there is nothing to undo")
    now, before = path.read_text("utf-8"), keep.read_text("utf-8")
    checked(path, before)
    mode = path.stat().st_mode & 0o777
    write_atomically(keep, now.encode(), mode)
    write_atomically(path, before.encode(), mode)


def checked(path: Path, text: str) -> Config:
    """The configuration that `text` is. Raises UserError with what is wrong in it."""
    trial = path.with_name(f".{path.name}.trial")
    write_atomically(trial, text.encode(), 0o600)
    try:
        found = load(trial)
        config_check.check(found)
    except ConfigError as error:
        first = error.faults[0].removeprefix(f"{trial}: ").removeprefix("config: ")
        raise UserError(f"{first}; nothing was changed") from error
    finally:
        trial.unlink(missing_ok=True)
    return found


def edited(text: str, section: str, name: str, value: str | None) -> str:
    """`text` (TOML) with `name` in [section] set to the literal `value`, None = taken out. Other lines stay."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    new = [] if value is None else [f"{name} = {value}\n"]
    inside, last = False, None
    for at, line in enumerate(lines):
        if line.lstrip().startswith("["):
            heading = _HEADING.match(line)
            inside = heading is not None and _plain(heading[1]) == section
            last = at if inside else last
        elif inside and re.match(rf"\s*{re.escape(name)}\s*=", line):
            comment = _COMMENT.search(line.rstrip("\n")) if '"' not in line.partition("=")[2] else None
            if new and comment is not None:
                new = [new[0].rstrip("\n") + comment[0] + "\n"]
            return "".join([*lines[:at], *new, *lines[at + 1 :]])
        elif inside and line.strip():
            last = at
    if value is None:
        return text
    if last is None:
        return "".join([*lines, "\n", f"[{section}]\n", *new])
    return "".join([*lines[: last + 1], *new, *lines[last + 1 :]])


def _plain(heading: str) -> str:
    return ".".join(part.strip().strip('"') for part in heading.split("."))


def _literal(value: str) -> str:
    """What was typed as a TOML value: numbers and true/false as they are, everything else is text."""
    if re.fullmatch(r"-?\d{1,12}|true|false", value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _only_differs(before: str, after: str, key: str, literal: str | None) -> bool:
    try:
        old, new = _flat(tomllib.loads(before)), _flat(tomllib.loads(after))
        wanted = tomllib.loads(f"x = {literal}")["x"]
    except tomllib.TOMLDecodeError:
        return False
    return new.get(key) == wanted and {**old, key: wanted} == new


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


# --- secrets ----------------------------------------------------------------------------------------------------------


def secrets_of(config: Config) -> dict[str, Secret]:
    """Every secret that the configuration names, by its key ("fiscaliser.checkbox.password")."""
    found: dict[str, Secret] = {}
    for area in ("fiscaliser", "book"):
        vendors = getattr(config, area)
        for vendor in () if vendors is None else vendors.__struct_fields__:
            section = getattr(vendors, vendor)
            for name in () if section is None else section.__struct_fields__:
                value = getattr(section, name)
                if isinstance(value, Secret):
                    found[f"{area}.{vendor}.{name}"] = value
    return found


def set_secret(config: Config, key: str, value: str) -> None:
    """Put a new secret into the file that the configuration names. Raises UserError; nothing is changed then."""
    known = secrets_of(config)
    if key not in known:
        raise UserError(f"{key} is no secret of this till; there are: {', '.join(known) or 'none'}")
    place = known[key]
    if not place.file:
        raise UserError(f"{key} comes from the environment variable {place.env}, which is not changed from here")
    if not 1 <= len(value) <= MAX_SECRET or not value.isprintable() or value != value.strip():
        raise UserError("that cannot be a secret; nothing was changed")
    path = Path(place.file)
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        write_atomically(path, value.encode(), mode)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}; nothing was changed") from error
