"""Before a sale's way begins: do the parts of the configuration fit together, and to this machine?

`check` needs nothing but the values; `token_digests` reads the token files and variables that they name;
`missing_devices` looks at /dev. A till starts with its printer unplugged, so a missing device is no error.
"""

from __future__ import annotations

import codecs
import hashlib
import ipaddress
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from firmware_bridge import port_url
from firmware_bridge.config import Api, Client, Config, ConfigError
from firmware_bridge.currencies import EXPONENTS

MIN_TOKEN, MAX_TOKEN = 32, 256
"""Characters of a bearer token; 32 random bytes are 43 characters in base64 and 64 in hexadecimal."""


def check(config: Config, source: Path | str = "config") -> None:
    """Raise ConfigError with every sentence about what does not fit; `source` names the file in them."""
    faults = [*_till(config), *_taxes(config), *_devices(config), *_api(config.api)]
    if faults:
        raise ConfigError(*(f"{source}: {fault}" for fault in faults))


def missing_devices(config: Config) -> list[str]:
    """Return a sentence for every configured device file that is not there now."""
    if config.printer is None or not config.printer.port.startswith("serial:"):
        return []
    device = Path(config.printer.port.removeprefix("serial:").partition("?")[0])
    if device.exists():
        return []
    return [f"printer.port: {device} is not there: plug the printer in or correct the port"]


def token_digests(
    api: Api, environ: Mapping[str, str] | None = None, on_secret: Callable[[str], None] = lambda _: None
) -> tuple[tuple[Client, bytes], ...]:
    """Return every client with the SHA-256 of its token. `on_secret` gets each token that was read in clear.

    Raises ConfigError for a file or variable that cannot be read, for a token that is too short to be a secret
    and for one that two clients share.
    """
    known = os.environ if environ is None else environ
    found: dict[bytes, Client] = {}
    for at, client in enumerate(api.clients):
        place = f"api.clients[{at}]"
        digest = bytes.fromhex(client.token_sha256) if client.token_sha256 else b""
        if not digest:
            token = _token(client, known, place)
            on_secret(token)
            digest = hashlib.sha256(token.encode()).digest()
        if digest in found:
            raise ConfigError(f"{place}: has the same token as client {found[digest].name}; every client needs its own")
        found[digest] = client
    return tuple((client, digest) for digest, client in found.items())


def _token(client: Client, environ: Mapping[str, str], place: str) -> str:
    if client.token_file:
        place = f"{place}.token_file"
        try:
            token = Path(client.token_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise ConfigError(f"{place}: {client.token_file} cannot be read: {reason}") from error
    else:
        place = f"{place}.token_env"
        token = environ.get(client.token_env, "").strip()
        if not token:
            raise ConfigError(f"{place}: the environment variable {client.token_env} is not set")
    if not (MIN_TOKEN <= len(token) <= MAX_TOKEN and token.isascii() and token.isprintable() and " " not in token):
        raise ConfigError(f"{place}: a token is {MIN_TOKEN} to {MAX_TOKEN} printable ASCII characters without blanks")
    return token


def _till(config: Config) -> Iterator[str]:
    till = config.till
    if till.currency not in EXPONENTS:
        yield f"till.currency: {till.currency} is not known; known are: {', '.join(sorted(EXPONENTS))}"
    try:
        ZoneInfo(till.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f'till.zone: there is no time zone {till.zone!r}; an IANA name such as "Europe/Kyiv" is needed'
    if till.market == "UA" and config.rounding is None:
        yield "rounding.mode: must be chosen for market UA: none, round10 or round50"


def _taxes(config: Config) -> Iterator[str]:
    letters = Counter(group.letter for group in config.taxes.values())
    for key, group in config.taxes.items():
        if letters[group.letter] > 1:
            yield f"taxes.{key}.letter: {group.letter} stands for more than one group; every group needs its own letter"


def _devices(config: Config) -> Iterator[str]:
    for key, drawer in config.drawers.items():
        if drawer.driver == "printer_kick" and config.printer is None:
            yield f"drawers.{key}.driver: printer_kick needs a [printer] section"
    kicked = [key for key, drawer in config.drawers.items() if drawer.driver == "printer_kick"]
    if len(kicked) > 1:
        # the socket has one switch line for both drives: nobody could tell which of two drawers stands open
        yield f"drawers: {', '.join(kicked)} hang on one printer, but its socket can tell of one drawer only"
    if config.printer is not None:
        try:
            port_url.parse(config.printer.port)
        except ValueError as error:
            yield f"printer.port: {error}"
        yield from _code_page(config.printer.encoding)


def _code_page(encoding: str) -> Iterator[str]:
    try:
        codecs.lookup(encoding)
        single = len("".join(chr(code) for code in range(0x20, 0x7F)).encode(encoding)) == 0x7F - 0x20
    except (LookupError, UnicodeError):
        single = False
    if not single:
        yield f"printer.encoding: {encoding} is no code page with one byte per character, such as cp866 or cp1251"


def _api(api: Api) -> Iterator[str]:
    host, port = api.address
    if not 0 <= port <= 65535:
        yield f"api.listen: port {port} is not possible; allowed are 1 to 65535"
    if not _loopback(host) and not api.remote:
        yield f"api.listen: {host} is reachable from the network; allowed are 127.0.0.1 and [::1] unless remote = true"
    for at, client in enumerate(api.clients):
        ways = [way for way in (client.token_sha256, client.token_file, client.token_env) if way]
        if len(ways) != 1:
            yield f"api.clients[{at}]: exactly one of token_sha256, token_file and token_env is needed, not {len(ways)}"
        if any(other.name == client.name and other.role != client.role for other in api.clients[:at]):
            yield f"api.clients[{at}].role: {client.name} has another role above; a client has one role"
    if api.socket and not api.socket.startswith("/"):
        yield "api.socket: must be an absolute path"


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
