"""Beside a till: everything that a supporter needs in one file, and nothing that is nobody's business.

Made of an allow-list: of each answer, record and section only the members named here get in, and of free text only how
long it is. What has to be text (sentences of the till, its log) passes the filter that keeps secrets and card numbers
out, with every secret of this till known to it. It is never sent by itself. Works while the till is dead. Where there
is more than fits, the newest dumps of the wire and the last lines stay, and what was left out is named.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from firmware_bridge import bundle_log, bundle_machine, bundle_wire, doctor_network
from firmware_bridge.bundle_allowed import allowed, filtered
from firmware_bridge.config import Config
from firmware_bridge.console.edits import secrets_of
from firmware_bridge.credentials import Secret
from firmware_bridge.journal import browse
from firmware_bridge.journal.errors import JournalError
from firmware_bridge.journal.reading import FORMAT
from firmware_bridge.journal.verify import verify
from firmware_bridge.logs import Redactor, safe, safe_json

RECORDS: Final = 500
LOG_LINES: Final = 2000
MOST_BYTES: Final = 10 * 2**20
DUMPS: Final = 40
"""Dumps of the wire that get in, the newest."""
_LINE: Final = 2000
_DUMP_BYTES: Final = 2**20
_HEAD: Final = 1024  # what tar adds to a file

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,120}\.jsonl")
#: Sections of the configuration whose values are no secret and no person; of the others only what is set is told.
_SECTIONS: Final = ("till", "journal", "printer", "drawers", "rules", "schedule", "rounding", "console")
_README: Final = """\
A till's state for its supporters. Begin with status.json and doctor.txt.

status, devices, outbox  what the till says of itself; null where it does not answer
doctor.txt               what was looked at, in order, and what is wrong
journal.json, chain.json the last records; is the journal whole, and how much is in it?
log.txt, ends.txt        the last lines of the log; what stood before the last ends that were none, with their stacks
kernel.txt               the kernel's lines about the bus, the card, the supply
wire/*.jsonl             the last frames before an exchange failed: firmware-bridge wire show|replay
config.json              the configuration
machine.json, unit.json  board, memory, card, clock, supply, bus, network, packages; the unit as the system sees it
reach.json               each server that the till needs: how long it takes, what is wrong
manifest.json            SHA-256 of each file, and what was left out

Left out or replaced by its length: goods, customers, free text, people. In dumps of the wire letters and digits of
what was printed are covered, their number is not. Secrets are told as set or unset and by their length; card numbers
keep four digits. Made on demand, never sent by itself.
"""


@dataclass(frozen=True, slots=True)
class Sources:
    """What it is made of. None or () where nobody answers. `clean`: the filter every text passes on its way out.

    `log`, `kernel`: lines of the unit's log and of the kernel's. `unit`: the unit as the system sees it. `reach`: each
    server, how it was reached. `root`: of the system's files.
    """

    config: Config
    status: Mapping[str, Any] | None
    devices: Mapping[str, Any] | None
    outbox: Mapping[str, Any] | None
    findings: Sequence[str]
    log: Sequence[str]
    version: str
    utc_ms: int
    clean: Callable[[str], str]
    kernel: Sequence[str] = ()
    unit: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, Any] = field(default_factory=dict)
    root: Path = Path("/")


def register(config: Config, redactor: Redactor) -> None:
    """Tell the filter every secret of this till that can be read: vendors' and clients', and the gateway's token."""
    known = secrets_of(config).values()
    places = [secret.file for secret in known] + [client.token_file for client in config.api.clients]
    places += [] if config.uplink is None else [config.uplink.token_file]
    names = [secret.env for secret in known] + [client.token_env for client in config.api.clients]
    for text in (*map(_read, filter(None, places)), *(os.environ.get(name, "") for name in filter(None, names))):
        if text.strip():
            redactor.add(text.strip())


def _read(place: str) -> str:
    try:
        return Path(place).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # what cannot be read cannot be let out either


def write(folder: Path, sources: Sources, step: Callable[[int, int], None] = lambda _done, _all: None) -> Path:
    """Write it into `folder` (mode 0600) and return its path. `step(done, of)` after each part. Raises OSError."""
    at = datetime.fromtimestamp(sources.utc_ms / 1000, UTC)
    path = folder / f"till-{sources.config.till.id}-{at:%Y%m%d-%H%M%S}.tar.gz"
    whole = _whole(sources, at.isoformat(), step)
    with path.open("xb") as raw:
        path.chmod(0o600)
        with tarfile.open(fileobj=raw, mode="w:gz") as archive:
            for name, content in whole.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime, entry.mode = len(content), sources.utc_ms // 1000, 0o600
                archive.addfile(entry, io.BytesIO(content))
    return path


def _whole(sources: Sources, made: str, step: Callable[[int, int], None]) -> dict[str, bytes]:
    """Every file of it in order; the last ones that do not fit any more are left out and named."""
    makers = dict(_files(sources))
    files: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    room = MOST_BYTES - 64 * 1024
    for done, (name, make) in enumerate(makers.items(), 1):
        text = make()
        content = text.encode("utf-8", "replace") if isinstance(text, str) else text
        taken = 0 if content is None else len(zlib.compress(content)) + _HEAD
        if content is None:
            left_out[name] = "it is no recording, or a secret stands in it"
        elif taken > room:
            left_out[name] = f"the bundle would be larger than {MOST_BYTES} bytes"
        else:
            files[name], room = content, room - taken
        step(done, len(makers))
    manifest = {
        "made": made,
        "version": sources.version,
        "schema": FORMAT,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "left_out": left_out,
    }
    return {"README.txt": _README.encode(), "manifest.json": _json(manifest).encode(), **files}


def _files(sources: Sources) -> Iterator[tuple[str, Callable[[], str | bytes | None]]]:
    """Name and maker of each file, the most important first. Each filters its own texts: numbers stay numbers."""
    config, log, clean = sources.config, sources.log, sources.clean
    for name, told in (("status", sources.status), ("devices", sources.devices), ("outbox", sources.outbox)):
        yield f"{name}.json", partial(_told, told, clean)
    yield "doctor.txt", lambda: _lines(sources.findings, clean)
    yield "journal.json", lambda: _json(_records(config.journal.path, clean))
    yield "chain.json", lambda: _json(filtered(_chain(config.journal.path), clean))
    yield "config.json", lambda: _json(filtered(configuration(config), clean))
    yield (
        "machine.json",
        lambda: _json(filtered({"version": sources.version, **bundle_machine.facts(config, sources.root)}, clean)),
    )
    yield "unit.json", lambda: _json(filtered(sources.unit, clean))
    yield "reach.json", lambda: _json(filtered(sources.reach, clean))
    yield "ends.txt", lambda: "\n".join(_lines(end, clean) for end in bundle_log.ends(log))
    yield "log.txt", lambda: _lines(log[-LOG_LINES:], clean)
    yield "kernel.txt", lambda: _lines(bundle_log.of_hardware(sources.kernel)[-LOG_LINES:], clean)
    for dump in _dumps(config):
        yield f"wire/{dump.name}", partial(_dump, dump, clean)


def _dumps(config: Config) -> list[Path]:
    """The newest dumps of failed exchanges; their names sort by time."""
    found = [one for one in Path(f"{config.journal.path}.wire").glob("*.jsonl") if _NAME.fullmatch(one.name)]
    return sorted(found, key=lambda one: one.name, reverse=True)[:DUMPS]


def _dump(path: Path, clean: Callable[[str], str]) -> bytes | None:
    try:
        if path.is_symlink() or path.stat().st_size > _DUMP_BYTES:
            return None
        return bundle_wire.scrubbed(path.read_bytes(), clean)
    except OSError:
        return None


def _told(told: Mapping[str, Any] | None, clean: Callable[[str], str]) -> str:
    return _json(None if told is None else allowed(filtered(told, clean)))


def _records(path: str, clean: Callable[[str], str]) -> Any:
    try:
        return [_record(filtered(record, clean)) for record in browse.tail(path, RECORDS)]
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


def _json(value: Any) -> str:
    return safe_json(json.dumps(value, ensure_ascii=False, indent=1, default=str)) + "\n"


def _lines(lines: Iterable[str], clean: Callable[[str], str]) -> str:
    return "".join(safe(clean(line)[:_LINE].expandtabs(4)) + "\n" for line in lines)
