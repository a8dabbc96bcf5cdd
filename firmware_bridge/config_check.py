"""Before a sale's way begins: do the parts of the configuration fit together, and to this machine?

`check` needs nothing but the values; `token_digests` reads the token files and variables that they name. What hangs on
ports is looked at in device_check.py.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from drivers.printers.labels import LANGUAGES
from firmware_bridge import device_check, fiscalisers, lan_check
from firmware_bridge.config import Api, Client, Config, ConfigError
from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.errors import UsageError

MIN_TOKEN, MAX_TOKEN = 32, 256
"""Characters of a bearer token; 32 random bytes are 43 characters in base64 and 64 in hexadecimal."""


def check(config: Config, source: Path | str = "config") -> None:
    """Raise ConfigError with every sentence about what does not fit; `source` names the file in them."""
    faults = [*_till(config), *_taxes(config), *device_check.devices(config), *_api(config.api), *_fiscaliser(config)]
    faults += [*device_check.register(config), *_rules(config), *_cash(config), *_schedule(config), *_book(config)]
    faults += [*lan_check.registers(config), *_uplink(config)]
    if faults:
        raise ConfigError(*(f"{source}: {fault}" for fault in faults))


def notes(config: Config) -> Iterator[str]:
    """What is allowed, and whoever sets the till up has to know: one sentence each."""
    yield from device_check.notes(config)
    checkbox = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    if checkbox is None or config.till.training:
        return
    place = "fiscaliser.checkbox.offline.paper"
    if checkbox.offline.paper == "provisional":
        yield (
            f"{place}: a receipt made while Checkbox cannot be reached is printed without its control number and "
            "without mac in its QR code, which only Checkbox can make and the form of a settlement document demands: "
            "whether such paper is given out is for the owner of the shop to decide (provisional, refuse or none); the "
            "complete one can be printed as soon as Checkbox has the receipt"
        )
    elif checkbox.offline.paper == "none":
        yield (
            f"{place}: what is sold while Checkbox cannot be reached has no paper until Checkbox has the receipt: the "
            "buyer has to be told so, and gets it then by e-mail or as a copy"
        )


def _fiscaliser(config: Config) -> Iterator[str]:
    if config.fiscaliser is None or config.fiscaliser.checkbox is None:
        return
    checkbox = config.fiscaliser.checkbox
    if config.till.market != "UA" or config.till.currency != "UAH":
        yield 'fiscaliser.checkbox: is for Ukraine only: till.market must be "UA" and till.currency "UAH"'
    if config.printer is None:
        yield "fiscaliser.checkbox: prints nothing itself, so a [printer] is needed"
    for key, group in config.taxes.items():
        if not group.checkbox:
            yield f"taxes.{key}.checkbox: is missing: the code of this tax group on Checkbox"
    if config.rounding_mode == "round50" and checkbox.api == "seed":
        yield 'rounding.mode: the api "seed" of Checkbox cannot say round50: use api = "current"'
    if not checkbox.base_url.startswith("https:") and not _is_loopback_url(checkbox.base_url):
        yield "fiscaliser.checkbox.base_url: must be https, except on this machine itself"


def _book(config: Config) -> Iterator[str]:
    if config.book is None or config.book.newstore is None:
        return
    newstore = config.book.newstore
    if not config.drawers:
        yield "book.newstore: keeps the book of cash drawers, and this till has none in [drawers]"
    for name in newstore.drawers:
        if name not in config.drawers:
            known = ", ".join(config.drawers) or "none"
            yield f"book.newstore.drawers.{name}: is no drawer of this till; there are: {known}"
    if EXPONENTS.get(config.till.currency, 0) > newstore.MOST_DECIMALS:
        yield f"book.newstore: takes two decimals at most, and {config.till.currency} has more"
    told = [drawer for name, drawer in config.drawers.items() if not newstore.drawers or name in newstore.drawers]
    if newstore.forced_open == "no_sale" and told and all(drawer.sense_open_level == "none" for drawer in told):
        yield (
            "book.newstore.forced_open: no_sale needs a drawer whose switch is wired (sense_open_level); nobody could "
            "tell that it was forced open"
        )
    yield from (f"book.newstore.{fault}" for fault in newstore.faults())


def _uplink(config: Config) -> Iterator[str]:
    if config.uplink is None:
        return
    if config.book is not None:
        yield "uplink: its gateway keeps the books of this till: [book] belongs into the gateway's configuration then"
    if not config.uplink.url.startswith("https:") and not _is_loopback_url(config.uplink.url):
        yield "uplink.url: must be https, except on this machine itself"


def _is_loopback_url(url: str) -> bool:
    host = (urlsplit(url).hostname or "").strip("[]")
    return host == "localhost" or (host.replace(".", "").isdigit() and ipaddress.ip_address(host).is_loopback)


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
    if till.language not in LANGUAGES:
        yield f"till.language: there is no paper in {till.language!r}; there is: {', '.join(LANGUAGES)}"
    if till.market == "UA" and config.rounding is None:
        yield "rounding.mode: must be chosen for market UA: none, round10 or round50"


def _taxes(config: Config) -> Iterator[str]:
    letters = Counter(group.letter for group in config.taxes.values())
    for key, group in config.taxes.items():
        if letters[group.letter] > 1:
            yield f"taxes.{key}.letter: {group.letter} stands for more than one group; every group needs its own letter"


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


def _rules(config: Config) -> Iterator[str]:
    rules = config.rules
    if rules.count_at_close == "required" and not config.drawers:
        yield "rules.count_at_close: required needs a drawer in [drawers] that can be counted"
    if rules.drawer_day == "own" and not config.drawers:
        yield "rules.drawer_day: own needs a drawer in [drawers]"
    if rules.float_policy == "collect" and config.fiscaliser is None:
        yield "rules.float_policy: collect needs a [fiscaliser], with which the cash is registered as taken out"
    allowed_h = _shift_limit_ms(config) // 3_600_000
    if 0 < allowed_h < rules.shift_limit_h:
        yield f"rules.shift_limit_h: {rules.shift_limit_h} is longer than the {allowed_h} that the fiscaliser allows"
    if rules.shift_stop_min > rules.shift_warn_min:
        yield (
            f"rules.shift_stop_min: {rules.shift_stop_min} minutes before the limit nothing is sold any more, but the "
            f"warning (shift_warn_min) comes only {rules.shift_warn_min} minutes before it; warn earlier or stop later"
        )
    if 0 < rules.shift_limit_h * 60 <= rules.shift_warn_min:
        yield (
            f"rules.shift_warn_min: {rules.shift_warn_min} minutes are the whole shift (shift_limit_h = "
            f"{rules.shift_limit_h}); it would be warned of from the start"
        )


def _cash(config: Config) -> Iterator[str]:
    for kind, reasons in config.cash.reasons.items():
        for reason, times in Counter(reasons).items():
            if times > 1:
                yield f"cash.reasons.{kind}: {reason!r} stands there {times} times"


def _schedule(config: Config) -> Iterator[str]:
    schedule, rules = config.schedule, config.rules
    if schedule.close_at and rules.count_at_close == "required":
        yield (
            "schedule.close_at: a shift that closes by itself would wait for ever for a count that "
            'rules.count_at_close = "required" demands of nobody; leave one of the two out'
        )
    if schedule.float_amount is not None and not schedule.open_at:
        yield "schedule.float_amount: is for a shift that opens by itself; it needs schedule.open_at"
    if schedule.float_amount is not None and len(config.drawers) > 1:
        yield "schedule.float_amount: does not say in which of several drawers it lies; leave it out"
    if not (schedule.open_at and schedule.close_at):
        return
    if schedule.open_at == schedule.close_at:
        yield f"schedule.close_at: {schedule.close_at} is open_at too; a shift needs time between them"
        return
    open_min = (_minutes(schedule.close_at) - _minutes(schedule.open_at)) % 1440
    limit_min = rules.shift_limit_h * 60 or _shift_limit_ms(config) // 60_000
    if limit_min and limit_min - rules.shift_stop_min < open_min:
        yield (
            f"schedule.close_at: is {open_min} minutes after open_at, but a shift may last {limit_min} minutes here, "
            f"and nothing is sold in the last {rules.shift_stop_min} of them (shift_stop_min)"
        )


def _shift_limit_ms(config: Config) -> int:
    try:
        return fiscalisers.traits(config).shift_limit_ms
    except UsageError:
        return 0  # told where its section is looked at


def _minutes(time_of_day: str) -> int:
    hours, _, minutes = time_of_day.partition(":")
    return int(hours) * 60 + int(minutes)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
