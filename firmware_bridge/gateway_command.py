"""Beside a sale's way: `firmware-bridge gateway …` at the centre of a fleet, and `firmware-bridge enrol` on a till."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drivers.errors import DeviceError
from firmware_bridge.clock import SystemClock
from firmware_bridge.config import Config
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.gateway.holding import JOURNALS
from firmware_bridge.gateway.process import GatewayProcess, tls
from firmware_bridge.gateway.remote_attach import trusted
from firmware_bridge.gateway.tills import CodeRefused, Tills, digest_of, new_token, parted
from firmware_bridge.gateway_arguments import Wish
from firmware_bridge.gateway_config import GatewayConfig
from firmware_bridge.journal.readonly import open_readonly
from firmware_bridge.uplink.link import LinkError
from firmware_bridge.uplink.over_http import CONTENT, VERSION, error_of
from firmware_bridge.vendors.http import HttpTransport, Request, Response
from firmware_bridge.views import rfc3339

Say = Callable[[str], None]


def run(config: GatewayConfig, wish: Wish, say: Say, version: str, on_secret: Callable[[str], None]) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, UsageError for what cannot be."""
    if (wish.part in ("enrol", "revoke")) != bool(wish.till) or (wish.new_journal and wish.part != "enrol"):
        raise UsageError(
            "It is `gateway`, `gateway check`, `gateway tills`, `gateway enrol TILL [--new-journal]` or `gateway "
            "revoke TILL`"
        )
    try:
        match wish.part:
            case "run":
                asyncio.run(_serve(config, say, version, on_secret))
            case "check":
                tls(config.gateway)
                say(f"can be used; {len(config.tills)} tills with books")
            case "enrol":
                _code(config, wish, say)
            case "tills":
                _tills(config, wish, say)
            case "revoke":
                if not _list(config).revoke(wish.till):
                    raise UserError(f"No till {wish.till} is enrolled here; nothing was changed")
                say(f"{wish.till}: its token is void; what it has delivered is kept")
    except LinkError as error:
        raise UserError(str(error)) from error
    return 0


async def _serve(config: GatewayConfig, say: Say, version: str, on_secret: Callable[[str], None]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    gateway = GatewayProcess(config, version, on_secret=on_secret)
    try:
        await gateway.start()
        await gateway.listen()
        say(json.dumps({"listen": gateway.address}))
        await stopping.wait()
    finally:
        await gateway.stop()


def _list(config: GatewayConfig) -> Tills:
    folder = Path(config.gateway.folder)
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    path = folder / "tills.sqlite"
    own_like(folder, path)
    return Tills(path, SystemClock().utc_ms)


def _code(config: GatewayConfig, wish: Wish, say: Say) -> None:
    try:
        code = _list(config).new_code(wish.till, renews=wish.new_journal)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if wish.as_json:
        say(json.dumps({"till": wish.till, "code": code}))
        return
    books = "" if wish.till in config.tills else " (it is kept without books: there is no [tills] section of it)"
    say(f"{code}")
    say(f"on till {wish.till}, within a day: firmware-bridge enrol {code} --config FILE{books}")


def _tills(config: GatewayConfig, wish: Wish, say: Say) -> None:
    for one in _list(config).all():
        seq, at = _holds(Path(config.gateway.folder) / JOURNALS / f"{one.till}.sqlite")
        facts = {
            "till": one.till,
            "enrolled_at": rfc3339(one.enrolled),
            "books": one.till in config.tills,
            "record": seq,
            "record_at": rfc3339(at) if seq else None,
        }
        if wish.as_json:
            say(json.dumps(facts))
            continue
        last = f"at record {seq} of {rfc3339(at)}" if seq else "nothing has arrived"
        say(f"{one.till}  enrolled {rfc3339(one.enrolled)}  {last}{'' if facts['books'] else '  no books'}")


def _holds(path: Path) -> tuple[int, int]:
    """The last record that has arrived of a till: its number (0 = none) and time. Beside a gateway that runs."""
    if not path.exists():
        return 0, 0
    with open_readonly(path) as connection:
        row = connection.execute("SELECT seq, at FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


# --- on the till ------------------------------------------------------------------------------------------------------


def enrol(config: Config, code: str, say: Say, *, new: bool, on_secret: Callable[[str], None]) -> int:
    """Make the till's token, if there is none, and name it to the gateway with `code`; returns 0.

    Called again with the same code it does the same again: an answer that was lost does no harm. Raises UserError.
    """
    section = config.uplink
    if section is None:
        raise UsageError("There is no [uplink] in the configuration, so there is no gateway to sign in at")
    try:
        till, _ = parted(code)
    except CodeRefused as error:
        raise UsageError(str(error)) from error
    if till != config.till.id:
        raise UsageError(f"The code is for till {till}, and this is till {config.till.id}; nothing was done")
    path = Path(section.token_file)
    token = _token(path, Path(config.journal.path), new=new)
    on_secret(token)
    answer = asyncio.run(_named(section.url, code, token, HttpTransport(
        section.url, SystemClock().monotonic, tls=trusted(section), role="gateway"
    )))  # fmt: skip
    if answer.status != 200 or answer.headers.get("content-type") != CONTENT:
        error_told = error_of(answer.body)
        raise UserError(str(error_told) if error_told else f"{section.url} is no gateway (it answered {answer.status})")
    say(f"till {till} is enrolled at {section.url}; its token is in {path}")
    return 0


async def _named(url: str, code: str, token: str, transport: HttpTransport) -> Response:
    body = f"{code.strip()}\n{digest_of(token).hex()}".encode()
    try:
        return await transport.exchange(Request("POST", f"/v{VERSION}/enrol", (), {"Content-Type": "text/plain"}, body))
    except DeviceError as error:
        raise UserError(f"{error.text}; repeat it with the same code", f"the gateway is {url}") from error
    finally:
        await transport.close()


def _token(path: Path, journal: Path, *, new: bool) -> str:
    """The token in the file; a new one is on the disk, for nobody else to read, before it is used."""
    if path.exists() and not new:
        return path.read_text("utf-8").strip()
    token = new_token()
    draft = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        draft.unlink()
    own_like(journal if journal.exists() else path.parent, draft, 0o600)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{token}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return token


def own_like(pattern: Path, path: Path, mode: int = 0o640) -> None:
    """What root makes first must belong to the service, which runs as somebody else: as `pattern` does."""
    if os.geteuid() != 0 or path.exists():
        return
    owner = pattern.stat()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    finally:
        os.close(descriptor)
