"""A whole till for a rehearsal: its config, its process, and a cashier at its local API. Used by demo and tests."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self

from firmware_bridge.client.line import Tcp, TokenText, exchange
from firmware_bridge.client.till import Till
from firmware_bridge.errors import UserError

_CONFIG = """\
[till]
id = "1"
market = "{market}"
zone = "{zone}"
currency = "{currency}"
language = "{language}"

[shop]
{seller}
[taxes.{group}]
letter = "{letter}"
taxes = [{{ name = "{tax}", rate = {rate} }}]
{codes}
[rounding]
mode = "{rounding}"

[journal]
path = {journal}

{devices}gap_ms = 400
pulses_per_minute = 120

[api]
listen = "127.0.0.1:0"

[[api.clients]]
name = "pos"
role = "manager"
token_sha256 = "{token}"
"""

#: The country's part of it, where no register says otherwise.
_UKRAINE: Final[Mapping[str, str]] = {
    "market": "UA",
    "zone": "Europe/Kyiv",
    "currency": "UAH",
    "language": "uk",
    "seller": """\
name = "ТОВ «Приклад»"
unit = "Магазин «Соняшник»"
address = "м. Київ, вул. Прикладна, 27"
tax_label = "ПН"
tax_number = "123456789012"
""",
    "group": "vat20",
    "letter": "А",
    "tax": "ПДВ",
    "rate": "2000",
    "codes": "",
    "rounding": "round50",
}
_PRINTER = """\
[printer]
port = {port}
columns = 42
encoding = "cp1251"
page = 46

[drawers.main]
sense_open_level = "high"
"""
_DATECS = """\
[fiscaliser.datecs]
port = {port}
dialect = "{dialect}"
drawer = "command"

[drawers.main]
driver = "register"
"""

#: A table of its own stands last: TOML counts everything below a heading to it.
_CHECKBOX = """
[fiscaliser.checkbox]
base_url = {base_url}
api = "{api}"
login = {login}
password = {{ file = {password} }}
license_key = {{ file = {license_key} }}
access_key = {{ file = {access_key} }}

[fiscaliser.checkbox.offline]
{offline}
"""
_NEWSTORE = """
[book.newstore]
base_url = {base_url}
token_url = {token_url}
client_id = {client_id}
client_secret = {{ file = {client_secret} }}
store_id = {store_id}
drawers = {{ main = {drawer} }}
reasons = {{ {reasons} }}
"""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where everything is. `pty` is where the simulated printer shall be; `token` opens the API."""

    folder: Path
    config: Path
    pty: Path
    token: str

    @property
    def journal(self) -> Path:
        return self.folder / "journal.sqlite"


@dataclass(frozen=True, slots=True)
class Checkbox:
    """A register of Checkbox for a rehearsal: where it is, which interface it has (`seed`, `current`), who works there.

    The keys stand in files that nobody else can read. `offline`: what is chosen for the time without it, as TOML.
    """

    base_url: str
    api: str
    login: str
    password: Path
    license_key: Path
    access_key: Path
    offline: str = ""

    @classmethod
    def of(cls, ready: Mapping[str, Any], api: str, secrets_in: Path) -> Self:
        """From a sandbox's ready line; the keys go into new files in `secrets_in`. Raises OSError."""
        keys = {
            name: write_secret(secrets_in / f"checkbox.{name}", ready[name])
            for name in ("password", "license_key", "access_key")
        }
        return cls(ready["base_url"], api, ready["login"], keys["password"], keys["license_key"], keys["access_key"])

    @property
    def section(self) -> str:
        """[fiscaliser.checkbox] as TOML."""
        return _CHECKBOX.format(
            base_url=json.dumps(self.base_url),
            api=self.api,
            login=json.dumps(self.login),
            password=json.dumps(str(self.password)),
            license_key=json.dumps(str(self.license_key)),
            access_key=json.dumps(str(self.access_key)),
            offline=self.offline,
        )


class Networked(Protocol):
    """A register of the shop's network for a rehearsal: its section, and its country's part of the config."""

    @property
    def section(self) -> str:
        """[fiscaliser.<vendor>] as TOML."""

    @property
    def shop(self) -> Mapping[str, str]:
        """Whatever differs from a shop in Ukraine."""


@dataclass(frozen=True, slots=True)
class Datecs:
    """A fiscal printer for a rehearsal, where the printer would be. `dialect`: which country's."""

    dialect: Literal["ua", "bg"] = "ua"

    @property
    def shop(self) -> dict[str, str]:
        """The country's part of the config: market, currency, and the letter of our tax group."""
        market, currency, letter = {"ua": ("UA", "UAH", "А"), "bg": ("BG", "EUR", "Б")}[self.dialect]
        return {"market": market, "currency": currency, "codes": f'datecs = "{letter}"\n', "rounding": "none"}


@dataclass(frozen=True, slots=True)
class NewStore:
    """A store of NewStore for a rehearsal: where it is, who signs in, which of its drawers is ours ("main").

    `reasons`: our reason -> its code. The secret stands in a file that nobody else can read.
    """

    base_url: str
    token_url: str
    client_id: str
    client_secret: Path
    store_id: str
    drawer: str
    reasons: Mapping[str, str]

    @classmethod
    def of(
        cls,
        ready: Mapping[str, Any],
        secrets_in: Path,
        drawer: str = "drawer-1",
        reasons: Mapping[str, str] | None = None,
    ) -> Self:
        """From a sandbox's ready line; the secret goes into a new file in `secrets_in`. Raises OSError."""
        secret = write_secret(secrets_in / "newstore.client_secret", ready["client_secret"])
        known = (ready["base_url"], ready["token_url"], ready["client_id"])
        return cls(*known, secret, ready["store_id"], drawer, reasons or {})

    @property
    def section(self) -> str:
        """[book.newstore] as TOML."""
        return _NEWSTORE.format(
            base_url=json.dumps(self.base_url),
            token_url=json.dumps(self.token_url),
            client_id=json.dumps(self.client_id),
            client_secret=json.dumps(str(self.client_secret)),
            store_id=json.dumps(self.store_id),
            drawer=json.dumps(self.drawer),
            reasons=", ".join(f"{_text(ours)} = {_text(theirs)}" for ours, theirs in self.reasons.items()),
        )


def _text(value: str) -> str:
    """A TOML string or quoted key."""
    return json.dumps(value, ensure_ascii=False)


def write_secret(path: Path, secret: str) -> Path:
    """Write one secret into a new file that nobody else can read (mode 0600); returns `path`. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(secret)
    return path


def write_config(
    folder: Path,
    checkbox: Checkbox | None = None,
    newstore: NewStore | None = None,
    datecs: Datecs | None = None,
    *,
    networked: Networked | None = None,
) -> Rehearsal:
    """Write a till's config into `folder`; the token is new each time and stands nowhere in clear.

    `checkbox`, `datecs` or `networked`: the fiscaliser of this till, `newstore`: its cash book; None = it has none.
    """
    token = secrets.token_hex(32)
    rehearsal = Rehearsal(folder, folder / "till.toml", folder / "printer", token)
    port = json.dumps(f"serial:{rehearsal.pty}")
    shop = dict(_UKRAINE)
    if checkbox is not None:
        # the interface of the vendor's older document has no word for the other
        shop |= {"codes": "checkbox = [1]\n", "rounding": "round10" if checkbox.api == "seed" else "round50"}
    for register in (datecs, networked):
        shop |= {} if register is None else register.shop
    text = _CONFIG.format(
        journal=json.dumps(str(rehearsal.journal)),
        token=hashlib.sha256(token.encode()).hexdigest(),
        devices=_PRINTER.format(port=port) if datecs is None else _DATECS.format(port=port, dialect=datecs.dialect),
        **shop,
    )
    sections = [vendor.section for vendor in (checkbox, networked, newstore) if vendor is not None]
    rehearsal.config.write_text(text + "".join(sections), encoding="utf-8")
    return rehearsal


class TillProcess:
    """The controller in a process of its own, which can be killed. A context manager; starts at once.

    `module`: the module (and words behind it) that is run instead of `firmware_bridge run`.
    """

    def __init__(self, rehearsal: Rehearsal, fault: str = "", module: Sequence[str] = ()) -> None:
        self._rehearsal = rehearsal
        self._fault = fault
        self._module = module
        self._process: subprocess.Popen[str] | None = None
        self.address = ""
        self.start()

    def start(self) -> None:
        """Start it (again) and wait until its API listens. Raises UserError with what it said instead."""
        config = str(self._rehearsal.config)
        module = ["firmware_bridge.simulation", "--fault", self._fault] if self._fault else ["firmware_bridge", "run"]
        module = list(self._module) or module
        log = self._rehearsal.folder / "till.log"
        with log.open("a", encoding="utf-8") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", *module, "--config", config],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self._end(kill=False)
            said = log.read_text(encoding="utf-8").strip().splitlines()
            raise UserError("The till did not start: " + (said[-1] if said else "it said nothing"))
        self.address = json.loads(line)["listen"]

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    def kill(self) -> None:
        """SIGKILL: as if the plug was pulled, for this process."""
        self._end(kill=True)

    def restart(self) -> None:
        """The plug is pulled and put in again. Raises UserError as `start`."""
        self.kill()
        self.start()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(kill=False)

    def _end(self, *, kill: bool) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if kill:
            process.kill()
        else:
            process.terminate()
        code = process.wait(timeout=30)
        if process.stdout is not None:
            process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Cashier:
    """Somebody with a token. `client` is what a till program has; the rest shows each answer as it stands, its status
    and its plain JSON. `try_…` take a till that does not answer for what it is: no answer."""

    def __init__(self, till: TillProcess, token: str) -> None:
        self._till = till
        self._token = TokenText(token)
        self.client = Till(self._where, self._token)

    def _where(self) -> Tcp:
        return Tcp.of(self._till.address)  # another one after each start

    def request(
        self, method: str, path: str, body: dict[str, Any] | None = None, wait: float = 20
    ) -> tuple[int, dict[str, Any]]:
        """One request; returns status and JSON. Raises NotReached or Unanswered (OSErrors) when no answer comes."""
        headers = {"Authorization": f"Bearer {self._token.read()}", "Prefer": f"wait={wait:g}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        reply = exchange(self._where(), method, path, headers, content, wait + 10)
        answer: dict[str, Any] = json.loads(reply.body or b"{}")
        return reply.status, answer

    def try_post(self, path: str, body: dict[str, Any], wait: float = 20) -> tuple[int, dict[str, Any]]:
        """Status 0 when no answer came."""
        try:
            return self.request("POST", path, body, wait)
        except (OSError, ValueError):
            return 0, {}

    def try_get(self, path: str) -> dict[str, Any] | None:
        try:
            status, answer = self.request("GET", path)
        except (OSError, ValueError):
            return None
        return answer if status == 200 else None

    def post(self, path: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """Raises UserError unless it was done."""
        status, answer = self.request(method, path, body)
        if status not in (200, 201, 202):
            raise UserError(f"{method} {path}: {status} {answer.get('detail', answer)}")
        return answer

    def get(self, path: str) -> dict[str, Any]:
        status, answer = self.request("GET", path)
        if status != 200:
            raise UserError(f"GET {path}: {status} {answer.get('detail', answer)}")
        return answer
