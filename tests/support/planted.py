"""Canaries for the planted-secret test: who carries them into a till, who repeats what it was told, and how to look.

`python -m tests.support.planted unfiltered COMMAND …` is the product without its filters, for the control;
`python -m tests.support.planted printer MODEL SERIAL …` is a simulated printer that says what it is told to.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import sys
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import msgspec

from firmware_bridge.credentials import Secret

Json = dict[str, Any]
PAN: Final = "4111111111111111"
PHONE: Final = "+380671234599"
EMAIL: Final = "canary.customer@example.org"
PIN: Final = "271828182845"
#: Names of members that hold a secret, or the place of one.
_SECRET_NAME: Final = re.compile(r"(^|_)(secret|token|password|pin|key|passphrase|credential)s?(_|$)")


def canary(name: str) -> str:
    """A secret as nobody else has it, with characters that every way of quoting changes; fit for an HTTP header."""
    return f"c4nary/{name}+\"{sum(map(ord, name)):05d}'=z"


# --- every slot of a configuration ------------------------------------------------------------------------------------


def slots(kind: Any, place: str = "") -> Iterator[str]:
    """The places of secrets in a configuration of this type: members that are a Secret, or are called like one."""
    for part in (kind, *_inside(kind)):
        if not (isinstance(part, type) and issubclass(part, msgspec.Struct)) or part is Secret:
            continue
        for name, hint in get_type_hints(part, include_extras=False).items():
            where = f"{place}.{name}".strip(".")
            if Secret in (hint, *_inside(hint)) or _SECRET_NAME.search(name):
                yield where
            yield from slots(hint, where)


def _inside(kind: Any) -> Iterator[Any]:
    for part in get_args(kind):
        yield part
        yield from _inside(part)


# --- how to look ------------------------------------------------------------------------------------------------------


def forms(secret: str) -> set[str]:
    """The forms of 7 ways in which it may come back; what is cut off at either end is found by its middle."""
    raw, quoted = secret.encode(), quote(secret, safe="")
    found = {secret, raw.hex(), raw.hex().upper(), quoted, quoted.lower(), quote_plus(secret), quote(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        found.add(encoded.decode().rstrip("="))
    # within something longer (login:password) base64 begins at another bit: its inner part does not depend on the rest
    found |= {base64.b64encode(b"x" * lead + raw).decode()[4:-4] for lead in (1, 2)}
    return {form for form in found if len(form) >= 6}


def leaks(exits: Mapping[str, bytes], secrets: Mapping[str, str]) -> set[tuple[str, str]]:
    """(exit, name of the secret) wherever one stands in one of its forms."""
    wanted = {name: [form.encode() for form in forms(secret)] for name, secret in secrets.items()}
    return {
        (place, name)
        for place, content in exits.items()
        for name, known in wanted.items()
        if any(form in content for form in known)
    }


def files_below(folder: Path, but: Iterable[Path]) -> dict[str, bytes]:
    """Every file below a folder, the members of archives one by one; `but`: those that are meant to hold secrets."""
    found: dict[str, bytes] = {}
    left_out = {one.resolve() for one in but}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.resolve() in left_out:
            continue
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    inner = archive.extractfile(member)
                    found[f"bundle {member.name}"] = (inner.read() if inner else b"") + member.name.encode()
        else:
            found[path.name] = path.read_bytes() + path.name.encode()
    return found


# --- a vendor that repeats what it was told ---------------------------------------------------------------------------


class Front(ThreadingHTTPServer):
    """Before a vendor's sandbox: the till knows canaries, the sandbox its own; `secrets`: from one to the other.

    `fault`: "" = answers are the sandbox's; "echo" = a refusal with every header and the body of the request in its
    message; "broken" = the same with status 500; "away" = the connection ends without an answer. Without a `sandbox`
    tokens are given to whoever asks, and then every request is refused by an echo.
    """

    def __init__(self, sandbox: str, secrets: Mapping[str, str], token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sandbox, self.secrets, self.token = sandbox, dict(secrets), token
        self.fault = ""
        self.echoed = 0
        self.theirs = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Front

    def log_message(self, *_: Any, **__: Any) -> None:
        """Nothing: its words are for nobody."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # of whatever method
            return self._do
        raise AttributeError(name)

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        front = self.server
        if front.fault == "away":
            self.close_connection = True
        elif not front.sandbox and ("/token" in self.path or "/signin" in self.path):
            self._answer(200, json.dumps({"access_token": front.token, "expires_in": 3600}).encode())
        elif front.fault or not front.sandbox:
            self._echo(body, 500 if front.fault == "broken" else 422)
        else:
            self._answer(*self._asked(body))

    def _echo(self, body: bytes, status: int) -> None:
        front = self.server
        told = [value for name, value in self.headers.items() if name.lower().startswith(("auth", "x-"))]
        told += [value for values in parse_qs(body.decode("utf-8", "replace")).values() for value in values]
        front.echoed += 1
        words = f"\x1b[2J\x9b2J\u202eYou said {' and '.join(told)}"
        if front.echoed % 2:
            words += f", in hexadecimal {front.token.encode().hex()}, for a URL {quote(front.token, safe='')}"
        failure = {"message": words, "error": words, "error_description": words, "code": "canary", "errors": [words]}
        self._answer(status, json.dumps(failure).encode())

    def _asked(self, body: bytes) -> tuple[int, bytes]:
        front = self.server
        target = urlsplit(front.sandbox)
        headers = {name: self._theirs(value) for name, value in self.headers.items() if name.lower() != "host"}
        for ours, theirs in front.secrets.items():
            body = body.replace(json.dumps(ours)[1:-1].encode(), theirs.encode())
        headers["Content-Length"] = str(len(body))
        line = http.client.HTTPConnection(target.hostname or "", target.port or 80, timeout=20)
        try:
            line.request(self.command, self.path, body, headers)
            answer = line.getresponse()
            content, status = answer.read(), answer.status
        finally:
            line.close()
        if "/signin" in self.path and status == 200:
            granted = json.loads(content)
            front.theirs, granted["access_token"] = granted["access_token"], front.token
            content = json.dumps(granted).encode()
        return status, content

    def _theirs(self, value: str) -> str:
        front = self.server
        return front.secrets.get(value, value.replace(front.token, front.theirs))

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def front(sandbox: str, secrets: Mapping[str, str], token: str) -> Iterator[Front]:
    """A front that serves until the block ends."""
    with Front(sandbox, secrets, token) as found:
        serving = threading.Thread(target=found.serve_forever, name="vendor", kwargs={"poll_interval": 0.05})
        serving.start()
        try:
            yield found
        finally:
            found.shutdown()
            serving.join()


# --- processes --------------------------------------------------------------------------------------------------------


def _unfiltered(words: list[str]) -> int:
    """The product with its filters taken out: what they stop gets through."""
    from firmware_bridge import bundle_wire, cli, entrance, logs

    for place, name in ((logs.Redactor, "mask"), (logs.Redactor, "blot"), (entrance.Entrance, "cleaned")):
        setattr(place, name, lambda _self, text: text)
    bundle_wire.masked = lambda data: data
    return cli.main(words)


def _printer(model: str, serial: str, words: list[str]) -> int:
    from drivers.printers.escpos.simulated import machine, personality
    from firmware_bridge import device_sim

    epson = replace(personality.PERSONALITIES["epson"], model=model, serial=serial)
    for module in (machine, device_sim):
        vars(module)["PERSONALITIES"] = {"epson": epson}
    sys.argv[1:] = words
    return device_sim.main()


def main(words: list[str]) -> int:
    match words:
        case ["printer", model, serial, *rest]:
            return _printer(model, serial, rest)
        case ["unfiltered", *rest]:
            return _unfiltered(rest)
        case _:
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
