"""A till at which everything repeats the secrets that it was told, and what has come out of it. For planted secrets."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from firmware_bridge import cli
from firmware_bridge.api.table import ROUTES
from firmware_bridge.console.pins import Pins
from firmware_bridge.journal import browse
from firmware_bridge.rehearsal import Cashier, Checkbox, NewStore, TillProcess, write_config, write_secret
from firmware_bridge.sandbox_command import SandboxProcess
from tests.firmware_bridge.console import desk as console
from tests.support import planted
from tests.support.device_desk import DeviceDesk
from tests.support.planted import EMAIL, PAN, PHONE, PIN, Front, canary, files_below, front
from tests.support.processes import QUICK, Ended, line, sale, until

UNFILTERED: Final = (sys.executable, "-m", "tests.support.planted", "unfiltered")
ROLES: Final = {"olena": "technician", "ivan": "cashier", "looker": "observer", "boss": "manager"}

#: What a technician looks at.
LOOKS: Final = (
    "status", "devices", "printer", "outbox", "fiscal", "receipts", "net", "secret", "journal tail 300",
)  # fmt: skip
#: Every place of a secret -> its canary. A new one in the configuration's types is missing here, and a test says so.
PLANTED: Final = {
    **{
        f"fiscaliser.checkbox.{name}": canary(f"checkbox-{name}")
        for name in ("password", "pin", "license_key", "access_key", "webhook")
    },
    "fiscaliser.datecs.password": canary("datecs-password"),
    "fiscaliser.ikassa.pin": canary("ikassa-pin"),
    "fiscaliser.smartone.merchant_id": canary("smartone-merchant_id"),
    "book.newstore.client_secret": canary("newstore-client_secret"),
    "uplink.token_file": canary("uplink-token"),
    "api.clients.token_file": canary("client-token"),
    "api.clients.token_env": canary("client-token-env"),
}
#: Members that are called like a secret and are none, and why.
NO_SECRET: Final = {
    "api.clients.token_sha256": "a digest of 32 random bytes",
    "book.newstore.token_url": "an address",
    "fiscaliser.ikassa.remember_pin": "yes or no",
    "console.pins": "the path of the file with their scrypt digests",
    "drawers.pin": "of a socket",
}
#: The gateway's own.
GATEWAY: Final = {
    "gateway.key": "the path of a file that a web server's library reads",
    "bitrix24.secret": "of a portal",
    "bitrix24.webhook": "of a portal",
    "bitrix24.oauth.client_secret": "of an application",
    "bitrix24.oauth.tokens_file": "of an application; the file is the gateway's own, mode 0600",
    "bitrix24.oauth.token_url": "an address",
}
TOKENS: Final = {"vendor's token": canary("checkbox-session"), "book's token": canary("newstore-session")}


# --- the till ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class World:
    """A till with its vendors' fronts, and what has come out of it: name of the exit -> bytes."""

    desk: DeviceDesk
    front: Front
    book: Front
    secrets: dict[str, str]
    hidden: list[Path]
    tokens: dict[str, str]
    exits: dict[str, bytes] = field(default_factory=dict)

    def note(self, name: str, content: bytes | str) -> None:
        self.exits[name] = self.exits.get(name, b"") + (content.encode() if isinstance(content, str) else content)

    def sold(self, document_id: str, **more: Any) -> tuple[int, Any]:
        """A sale of a customer who gave a telephone number, by card, with the terminal's slip."""
        paid = {
            "type": "card",
            "amount": 1000,
            "card": {"mask": "4111****1111", "rrn": "000123"},
            "slip": [f"CARD {PAN}", "4111 1111 1111 1111"],
        }
        body = sale(document_id, line(), payments=[paid], customer={"phone": PHONE, "email": EMAIL}, **more)
        status, answer = self.desk.cashier.request("POST", "/v1/sales", body, wait=2)
        self.note("answers", json.dumps(answer))
        return status, answer

    @property
    def text(self) -> dict[str, bytes]:
        """Those without the personal data that the journal keeps, erasable, beside its chain."""
        return {name: content for name, content in self.exits.items() if not name.startswith("journal.sqlite")}


@contextmanager
def filtered_world(folder: Path) -> Iterator[World]:
    """A day of a till at which everything repeats its secrets."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(SandboxProcess("checkbox")).ready
        found = _begun(stack, folder, ("firmware_bridge", "run"), sandbox)
        _day(found)
        _answers(found, {**found.tokens, "env": PLANTED["api.clients.token_env"], "nobody": "x" * 40})
        _processes(found)
        _console(found, LOOKS)
        found.desk.till.stop()
        _commands(found)
        _files(found)
        yield found


@contextmanager
def unfiltered_world(folder: Path) -> Iterator[World]:
    """A morning of a till without its filters, at whose vendors everything is refused."""
    with ExitStack() as stack:
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(console, "MODULE", UNFILTERED)
        found = _begun(stack, folder, (*UNFILTERED[2:], "run"), None)
        found.desk.printer_is("ready")
        _, answer = found.desk.cashier.request("POST", "/v1/shifts", {"id": "shift-1", "float_amount": 1000}, wait=5)
        found.note("answers", json.dumps(answer))
        _answers(found, {"boss": found.tokens["boss"]})
        _console(found, ("status", "journal tail 30"))
        found.desk.till.stop()
        _files(found)
        yield found


def _begun(stack: ExitStack, folder: Path, module: tuple[str, ...], sandbox: planted.Json | None) -> World:
    """The till, its printer, and its vendors: Checkbox by its sandbox or a vendor that only refuses, NewStore so."""
    stack.enter_context(pytest.MonkeyPatch.context()).setenv("CANARY_TOKEN", PLANTED["api.clients.token_env"])
    names = ("password", "license_key", "access_key")
    theirs = sandbox or {"base_url": "", "login": "kasa1", **dict.fromkeys(names, "")}
    ours = {PLANTED[f"fiscaliser.checkbox.{name}"]: theirs[name] for name in names}
    vendor = stack.enter_context(front(theirs["base_url"], ours, TOKENS["vendor's token"]))
    book = stack.enter_context(front("", {}, TOKENS["book's token"]))
    identity = (PLANTED["fiscaliser.checkbox.access_key"], PLANTED["book.newstore.client_secret"])
    printer = stack.enter_context(_printer(*identity))
    at, hidden, tokens = _config(folder, vendor, book, theirs["login"], printer)
    till = stack.enter_context(TillProcess(at, module=module))
    secrets = {**PLANTED, **TOKENS, **{f"token of {name}": token for name, token in tokens.items()}, "PIN": PIN}
    return World(DeviceDesk(at, till, Cashier(till, tokens["boss"])), vendor, book, secrets, hidden, tokens)


def _printer(model: str, serial: str) -> _Ends:
    words = [sys.executable, "-m", "tests.support.planted", "printer", model, serial]
    process = subprocess.Popen(
        [*words, "escpos", "--tcp", "0", *QUICK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return _Ends(process)


class _Ends:
    """A process for as long as the block lasts; the URL that it said."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __enter__(self) -> str:
        assert self._process.stdout is not None
        return f"tcp:127.0.0.1:{json.loads(self._process.stdout.readline())['port']}"

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=20)


def _config(
    folder: Path, vendor: Front, book: Front, login: str, printer: str
) -> tuple[Any, list[Path], dict[str, str]]:
    """The configuration with each of its secrets in a file (`hidden`), and the clients' tokens by name."""
    ready = {"base_url": vendor.url, "login": login}
    ready |= {name: PLANTED[f"fiscaliser.checkbox.{name}"] for name in ("password", "license_key", "access_key")}
    store = {"base_url": book.url, "token_url": f"{book.url}/token", "client_id": "me", "store_id": "s"}
    store["client_secret"] = PLANTED["book.newstore.client_secret"]
    at = write_config(folder, Checkbox.of(ready, "current", folder), NewStore.of(store, folder))
    text = at.config.read_text("utf-8").replace(
        "[fiscaliser.checkbox]\n", "[fiscaliser.checkbox]\nwebhook = { file = WEBHOOK }\n"
    )
    hook = write_secret(folder / "checkbox.webhook", PLANTED["fiscaliser.checkbox.webhook"])
    text = text.replace("WEBHOOK", json.dumps(str(hook))).replace(f"serial:{at.pty}", printer)
    text = text.replace('listen = "127.0.0.1:0"', f'listen = "127.0.0.1:{console.free_port()}"')
    tokens = {name: f"{PLANTED['api.clients.token_file']}{name}" for name in ROLES}
    hidden = [hook, *folder.glob("checkbox.*"), *folder.glob("newstore.*")]
    for name, role in ROLES.items():
        hidden.append(write_secret(folder / f"{name}.token", tokens[name]))
        text += f'\n[[api.clients]]\nname = "{name}"\nrole = "{role}"\ntoken_file = {json.dumps(str(hidden[-1]))}\n'
    text += '\n[[api.clients]]\nname = "env"\nrole = "observer"\ntoken_env = "CANARY_TOKEN"\n'
    shower = folder / "journalctl"
    shower.write_text(f"#!/bin/sh\ncat {folder}/till.log\n")
    shower.chmod(0o755)
    text += f'\n[console]\nclient = "looker"\nservice_tool = "/bin/true"\nlog_tool = "{shower}"\n'
    at.config.write_text(text, "utf-8")
    pins = Pins(Path(f"{at.journal}.pins"), lambda: 1_800_000_000_000)
    pins.set("olena", "technician", PIN)
    return at, hidden, tokens


def _day(world: World) -> None:
    """A shift; a good sale; sales at which the vendor quotes, breaks down, is away; a sale with a whole card number."""
    world.desk.open_shift()
    status, answer = world.sold("good-1")
    assert status == 201, answer
    for fault in ("echo", "broken", "away"):
        world.front.fault = fault
        world.sold(f"{fault}-1")
    world.front.fault = ""
    refused, _ = world.desk.cashier.request("POST", "/v1/sales", sale("pan", payments=[_whole_card()]))
    assert refused == 422
    until(lambda: world.book.echoed, "the book to have refused")


def _whole_card() -> planted.Json:
    return {"type": "card", "amount": 1000, "card": {"mask": PAN}}


def _answers(world: World, people: dict[str, str]) -> None:
    """Every GET of the API as everybody, the beginning of the stream, refusals of wrong tokens, and the page."""
    for name, token in people.items():
        for route in ROUTES:
            if route.method == "GET" and route.name != "events":
                path = re.sub(r"\{.*?\}(?=\.|/|$)", "good-1" if "receipt" in route.name else "main", route.path)
                world.note(f"GET {route.name} as {name}", _asked(world, path, token))
        world.note(f"GET events as {name}", _asked(world, "/v1/events?after=0", token, first=40_000))
    world.note("sign-in", _asked(world, "/v1/session", "", {"token": world.tokens["boss"] + "x"}))
    world.note("sign-in", _asked(world, "/v1/session", "", {"name": "olena", "pin": PIN + "1"}))


def _asked(world: World, path: str, token: str, body: planted.Json | None = None, first: int = 0) -> bytes:
    connection = http.client.HTTPConnection(world.desk.till.address, timeout=2 if first else 20)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    content = None if body is None else json.dumps(body)
    try:
        own = f"http://{world.desk.till.address}"
        more = {} if body is None else {"Content-Type": "application/json", "Origin": own}
        connection.request("GET" if body is None else "POST", path, content, {**headers, **more})
        answer = connection.getresponse()
        head = str(answer.getheaders()).encode()
        found = b""
        while first and (piece := answer.readline()):
            found += piece
            if piece.startswith(b":") or len(found) > first:
                break
        return head + found + (b"" if first else answer.read())
    except TimeoutError:
        return head + found
    finally:
        connection.close()


def _processes(world: World) -> None:
    place = Path(f"/proc/{world.desk.till.pid}")
    world.note("command line", (place / "cmdline").read_bytes())
    if (place / "environ").exists():
        # a variable of the configuration stands there: whoever can read it has the same rights as the till
        rest = [one for one in (place / "environ").read_bytes().split(b"\0") if not one.startswith(b"CANARY_TOKEN=")]
        world.note("environment", b"\n".join(rest))


def _console(world: World, looks: Sequence[str]) -> None:
    """A technician signs in, looks at everything, sets a secret, makes a bundle."""
    with console.seat(world.desk.at.config) as person:
        person.do("signin olena", "PIN: ")
        person.do("000000")
        person.do("signin olena", "PIN: ", "> ")
        person.do(PIN)
        person.do("pages off")
        for told in looks:
            person.do(told)
        person.do("secret set fiscaliser.checkbox.access_key", "(it is not shown):")
        person.do(PLANTED["fiscaliser.checkbox.access_key"], "Once more:")
        person.do(PLANTED["fiscaliser.checkbox.access_key"])
        person.do("bundle")
    world.note("console", person.seen)
    world.note("console, lines joined", b"".join(person.seen.split()))


def _files(world: World) -> None:
    world.exits |= files_below(world.desk.at.folder, world.hidden)
    world.note("journal, read", "\n".join(map(json.dumps, browse.export(world.desk.at.journal))))


def here(*words: str | Path) -> Ended:
    """The command line, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(list(map(str, words)))
    return Ended(code, out.getvalue(), err.getvalue())


def _commands(world: World) -> None:
    config, journal = world.desk.at.config, world.desk.at.journal
    for words in (
        ("check-config", config), ("journal", "tail", "-n", "300", journal), ("journal", "export", journal),
        ("journal", "stats", journal), ("outbox", "status", "--config", config),
        ("devices", "show", "--config", config),
        ("fiscal", "check", "--config", config), ("book", "check", "--config", config),
        ("bundle", "--config", config), ("console", "--config", config, "--do", "doctor"),
    ):  # fmt: skip
        done = here(*words)
        world.note(f"command {' '.join(map(str, words[:2]))}", done.out + done.err)
