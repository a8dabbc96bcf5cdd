"""Beside a till: everything that a supporter needs in one file, and nothing that is nobody's business.

Made of an allow-list: of each answer, record and section only the members named here get in, and of free text only how
long it is. What has to be text (sentences of the till, its log) passes the filter that keeps secrets and card numbers
out, with every secret of this till known to it. It is never sent by itself. Works while the till is dead.
"""

from __future__ import annotations

import hashlib
import io
import json
import platform
import re
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from firmware_bridge import doctor_machine, doctor_network
from firmware_bridge.config import Config
from firmware_bridge.console.edits import secrets_of
from firmware_bridge.credentials import Secret
from firmware_bridge.journal import browse
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.verify import verify
from firmware_bridge.logs import Redactor, safe

RECORDS: Final = 500
LOG_LINES: Final = 2000
MOST_BYTES: Final = 10 * 2**20

#: Members that are numbers, states, ids of ours or sentences of ours; everything else is told by its length.
_PLAIN: Final = frozenset(
    [
        *("id", "kind", "state", "number", "seq", "at", "hash", "job_id", "document_id", "shift_id", "drawer_id"),
        *("day_id", "count_id", "round", "outcome", "evidence", "code", "mode", "since", "session", "till", "can_sell"),
        *("training", "paper_near_end", "model", "opened", "cap_status", "connected", "confirmed", "book", "behind"),
        *("lags", "parked", "held_behind", "waiting_for_an_id", "retry_at", "last_delivered_at", "step", "waits_for"),
        *(
            "person_needed",
            "doubts",
            "driver",
            "serial",
            "business_date",
            "opened_at",
            "closes_at",
            "type",
            "direction",
        ),
        *("amount", "total", "payable", "paid", "change", "rounding", "float", "expected_cash", "counted", "cash_in"),
        *("cash_out", "intention", "trusted", "offset_ms", "left", "used", "limit_ms", "copies", "interrupted", "job"),
        *("attempts", "fiscaliser", "offline"),
    ]
)
#: Sentences that the till makes itself; in a record the same names may hold a person's words, so not from there.
_SENTENCES: Final = frozenset({"text", "advice", "reason", "trouble"})
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")
#: Sections of the configuration whose values are no secret and no person; of the others only what is set is told.
_SECTIONS: Final = ("till", "journal", "printer", "drawers", "rules", "schedule", "rounding", "console")
_README: Final = """\
A till's state for its supporters. Inside: status (what the till says of itself), devices, outbox, doctor (what was
found), journal (the last records), chain (is the journal whole?), config, machine, log.
Left out or replaced by its length: goods, customers, free text, people, recordings of the wire. Secrets are told as
set or unset and by their length; card numbers keep four digits. Made on demand, never sent by itself.
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """What it is made of. None or () where nobody answers. `clean`: the filter every text passes on its way out."""

    config: Config
    status: Mapping[str, Any] | None
    devices: Mapping[str, Any] | None
    outbox: Mapping[str, Any] | None
    findings: Sequence[str]
    log: Sequence[str]
    version: str
    utc_ms: int
    clean: Callable[[str], str]


def register(config: Config, redactor: Redactor) -> None:
    """Tell the filter every secret of this till that can be read: vendors' and clients', and the gateway's token."""
    places = [Path(secret.file) for secret in secrets_of(config).values() if secret.file]
    places += [Path(client.token_file) for client in config.api.clients if client.token_file]
    places += [] if config.uplink is None else [Path(config.uplink.token_file)]
    for place in places:
        try:
            text = place.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue  # what cannot be read cannot be let out either
        if text:
            redactor.add(text)


def write(folder: Path, sources: Sources) -> Path:
    """Write it into `folder` (mode 0600) and return its path. Raises OSError."""
    at = datetime.fromtimestamp(sources.utc_ms / 1000, UTC)
    path = folder / f"till-{sources.config.till.id}-{at:%Y%m%d-%H%M%S}.tar.gz"
    files = {name: sources.clean(text).encode() for name, text in _files(sources)}
    manifest = {
        "made": at.isoformat(),
        "version": sources.version,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    whole = {"README.txt": _README.encode(), "manifest.json": _json(manifest).encode(), **files}
    with path.open("xb") as raw:
        path.chmod(0o600)
        with tarfile.open(fileobj=raw, mode="w:gz") as archive:
            for name, content in whole.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime, entry.mode = len(content), sources.utc_ms // 1000, 0o600
                archive.addfile(entry, io.BytesIO(content))
    return path


def _files(sources: Sources) -> Iterable[tuple[str, str]]:
    for name, told in (("status", sources.status), ("devices", sources.devices), ("outbox", sources.outbox)):
        yield f"{name}.json", _json(None if told is None else allowed(told))
    yield "doctor.txt", _lines(sources.findings)
    yield "journal.json", _json(_records(sources.config.journal.path))
    yield "chain.json", _json(_chain(sources.config.journal.path))
    yield "config.json", _json(configuration(sources.config))
    yield "machine.json", _json(_machine(sources))
    yield "log.txt", _lines(sources.log[-LOG_LINES:])


def allowed(value: Any, name: str = "", *, sentences: bool = True) -> Any:
    """`value` with what the allow-list lets through; the rest by its kind and length."""
    if isinstance(value, Mapping):
        inner = {str(key): allowed(item, str(key), sentences=sentences) for key, item in value.items()}
        return {key if _KEY.fullmatch(key) else f"<{len(key)} characters>": item for key, item in inner.items()}
    if isinstance(value, list | tuple):
        return [allowed(item, name, sentences=sentences) for item in value][:200]
    if value is None or isinstance(value, bool):
        return value
    if name in _PLAIN or (sentences and name in _SENTENCES):
        return value if isinstance(value, int | float) else str(value)[:300]
    return f"<{len(str(value))} characters>" if isinstance(value, str) else "<number>"


def _records(path: str) -> Any:
    try:
        return [_record(record) for record in browse.tail(path, RECORDS)]
    except (JournalError, OSError) as error:
        return {"damage": str(error)}


def _record(record: Mapping[str, Any]) -> Any:
    kept = {key: record[key] for key in ("seq", "at", "name", "kind", "hash") if key in record}
    return kept | {"fields": allowed(record.get("fields") or {}, sentences=False)}


def _chain(path: str) -> Any:
    try:
        found = verify(path)
    except (JournalError, OSError) as error:
        return {"ok": False, "text": str(error)}
    return {
        "ok": found.ok,
        "records": found.records,
        "seq": found.head[0],
        "problems": [one.text for one in found.problems],
    }


def configuration(config: Config) -> dict[str, Any]:
    """The configuration: devices and rules as they are, of secrets and people only that they are there."""
    shown: dict[str, Any] = {name: msgspec.to_builtins(getattr(config, name, None)) for name in _SECTIONS}
    shown["clients"] = [{"role": client.role} for client in config.api.clients]
    shown["secrets"] = {key: _standing(secret) for key, secret in secrets_of(config).items()}
    shown["vendors"] = {place: f"{host}:{port}" for place, (host, port) in doctor_network.vendors(config).items()}
    return shown


def _standing(secret: Secret) -> dict[str, Any]:
    if not secret.file:
        return {"from": "environment"}
    try:
        place = Path(secret.file)
        length, changed = len(place.read_text("utf-8").strip()), place.stat().st_mtime
    except (OSError, UnicodeDecodeError):
        return {"from": "file", "readable": False}
    return {"from": "file", "length": length, "changed": datetime.fromtimestamp(changed, UTC).isoformat()}


def _machine(sources: Sources) -> dict[str, Any]:
    folder = Path(sources.config.journal.path).parent
    disk = shutil.disk_usage(folder) if folder.is_dir() else None
    return {
        "version": sources.version,
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "kernel": platform.release(),
        "machine": platform.machine(),
        "disk_free": None if disk is None else disk.free,
        "filesystem": doctor_machine.filesystem(folder.resolve())[0],
        "clock_trusted": doctor_machine.clock_trusted(),
        "default_route": doctor_network.default_route(),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str) + "\n"


def _lines(lines: Iterable[str]) -> str:
    return "".join(safe(line) + "\n" for line in lines)
