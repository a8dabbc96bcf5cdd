"""Before a sale's way begins: one TOML file becomes checked, immutable values. Nothing else reads TOML.

An unknown key is an error, a secret is never written into the file (only its SHA-256, the file or the
environment variable that holds it), and every error is one sentence that names the file, the section and key,
and what is allowed. `load` knows only the file; `config_check.check` looks at how its parts fit together.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.currencies import EXPONENTS
from firmware_bridge.errors import UsageError
from firmware_bridge.validation import InvalidError, convert
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from firmware_bridge.vendors.datecs.config import DatecsConfig
from firmware_bridge.vendors.ikassa.config import IkassaConfig
from firmware_bridge.vendors.newstore.config import NewStoreConfig
from firmware_bridge.vendors.smartone.config import SmartOneConfig, SmartOneTax
from statemachines.vocabulary.receipt import CashMoveType, TaxGroup, TaxRate

Role = Literal["cashier", "manager", "technician", "observer"]
ROLES: tuple[Role, ...] = ("cashier", "manager", "technician", "observer")

Id = Annotated[
    str,
    Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z", description="1 to 64 of the characters A-Z a-z 0-9 . _ -"),
]
Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z",
        description="text without control characters",
    ),
]
OptionalText = Annotated[
    str, Meta(max_length=128, pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z", description="text without control characters")
]
Hash = Annotated[str, Meta(pattern=r"\A[0-9a-fA-F]{64}\Z", description="a SHA-256 in 64 hexadecimal digits")]


class ConfigError(UsageError):
    """The configuration cannot be used; `faults` are its sentences, `text` all of them, one per line."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Section(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every section: immutable, and a key that nobody reads is an error."""


class Till(Section, frozen=True, kw_only=True):
    """[till] Which till this is.

    `id` in journal and fleet. `market`: ISO 3166 country, decides paper and rounding rules. `zone`: IANA time
    zone of the business day. `currency`: ISO 4217, the only one. `language` of the paper: BCP 47 primary tag.
    `training`: nothing is real; no fiscaliser is asked, every paper says so, and the journal is one of its own.
    """

    id: Id
    market: Annotated[str, Meta(pattern=r"\A[A-Z]{2}\Z", description='two capital letters, for example "UA"')]
    zone: Annotated[str, Meta(min_length=1, max_length=64)]
    currency: Annotated[str, Meta(pattern=r"\A[A-Z]{3}\Z", description='three capital letters, for example "UAH"')]
    language: Annotated[
        str, Meta(pattern=r"\A[a-z]{2,3}\Z", description='two or three small letters, for example "uk"')
    ]
    training: bool = False


class Shop(Section, frozen=True, kw_only=True):
    """[shop] The heading of every receipt.

    `name` of the seller, `unit` (the shop), `address`, `tax_label` ("ПН") and `tax_number`.
    """

    name: Text
    unit: OptionalText = ""
    address: OptionalText = ""
    tax_label: OptionalText = ""
    tax_number: OptionalText = ""


class Tax(Section, frozen=True, kw_only=True):
    """One included tax: `name` on paper, `rate` in hundredths of a per cent (20 % = 2000)."""

    name: Text
    rate: Annotated[int, Meta(ge=0, le=10_000)]


class Taxes(Section, frozen=True, kw_only=True):
    """[taxes.<group>] A tax group: its `letter` on paper and 0 to 2 `taxes`, VAT first, then an excise.

    `checkbox`: the codes (or letters) that Checkbox has for this group, at most two; it must have as many rates.
    `datecs`: its letter (or number) on a Datecs fiscal printer. `ikassa`: its name on iKassa ("tax10"); `smartone`: how
    SmartOne calls its tax.
    """

    letter: Annotated[str, Meta(pattern=r"\A\S{1,3}\Z", description="1 to 3 characters without blanks")]
    taxes: Annotated[tuple[Tax, ...], Meta(max_length=2)] = ()
    checkbox: Annotated[tuple[int | str, ...], Meta(max_length=2)] = ()
    datecs: Annotated[str, Meta(pattern=r"\A\S?\Z", description="one letter or digit")] = ""
    ikassa: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_]{0,32}\Z", description="letters, digits and _")] = ""
    smartone: SmartOneTax | None = None


class Rounding(Section, frozen=True, kw_only=True):
    """[rounding] `mode` of the cash part: none, round10 or round50. For market UA it must be chosen."""

    mode: Literal["none", "round10", "round50"]


class Journal(Section, frozen=True, kw_only=True):
    """[journal] `path` of the SQLite file; `snapshot_every`: records between two snapshots (replay time)."""

    path: Annotated[str, Meta(min_length=1, max_length=4096)]
    snapshot_every: Annotated[int, Meta(ge=10, le=1_000_000)] = 2000


class Printer(Section, frozen=True, kw_only=True):
    """[printer] The receipt printer.

    `driver`: the language it speaks. `port`: "serial:/dev/…?baud=115200&flow=rtscts", "tcp:host:9100" or
    "usb:04b8:0e15" (port_url.py); "record=FILE" among its options keeps what passes. `columns`: characters per line.
    `encoding`: Python's name of the code page, `page`: the number by which the printer selects it (0 to 255); both left
    out = the best that its model has (`profile`: whose, "" = as the printer says). `missing`: lines with letters that
    the page lacks are drawn, or other letters stand for them. `logo`: file of a picture above every heading. `qr`,
    `barcodes`: the printer's own, or drawn as dots; auto = its own where its model has them. `cut`: through, but for a
    bridge, or not at all; auto = by its model. `band`: rows of dots sent at once (little memory wants few of them).
    `kick`: a drawer pulse that belongs to no paper goes at once, or in its turn behind what is printed; auto = at once
    where that works. `confirm`: how paper is proved; auto = the best the printer can, a name switches the better ones
    off, none = the printer never answers. `marker`: a mark in the printer's memory that tells a reset printer from one
    that went on; auto = where it keeps graphics. `after_power_loss`: what a doubtful original becomes when only
    odometers speak: a marked copy, or a question to a person. `unprinted_sale`: what becomes of a sale that the printer
    refused: undone, or kept without paper.
    """

    driver: Literal["escpos"] = "escpos"
    port: Annotated[
        str,
        Meta(
            pattern=r"\A(serial|tcp|usb):\S*\Z",
            max_length=512,
            description='"serial:/dev/…", "tcp:host:port" or "usb:vendor:product"',
        ),
    ]
    columns: Annotated[int, Meta(ge=24, le=64)] = 48
    encoding: Annotated[str, Meta(max_length=32)] = ""
    page: Annotated[int, Meta(ge=0, le=255)] | None = None
    profile: OptionalText = ""
    missing: Literal["draw", "replace"] = "draw"
    logo: Annotated[str, Meta(max_length=4096)] = ""
    qr: Literal["auto", "native", "raster"] = "auto"
    barcodes: Literal["auto", "native", "raster"] = "auto"
    cut: Literal["auto", "full", "partial", "none"] = "auto"
    band: Annotated[int, Meta(ge=8, le=128)] = 24
    kick: Literal["auto", "real_time", "buffered"] = "auto"
    confirm: Literal["auto", "process_id", "odometer", "barrier", "none"] = "auto"
    marker: Literal["auto", "on", "off"] = "auto"
    after_power_loss: Literal["copy", "ask"] = "copy"
    unprinted_sale: Literal["refuse", "keep"] = "refuse"


DrawerPort = Annotated[
    str,
    Meta(
        pattern=r"\A((serial|hid|gpio):\S*)?\Z",
        max_length=512,
        description='"serial:/dev/…" or "hid:/dev/…" of a trigger box or "gpio:17" of a coil',
    ),
]


class Drawer(Section, frozen=True, kw_only=True):
    """[drawers.<id>] A cash drawer.

    `driver`: printer_kick = on the receipt printer's socket, register = on the fiscal printer's, trigger_box = on a box
    at a serial line, gpio = on pins of the Raspberry Pi. `pin` of the printer's socket: 2 or 5. `port` of the box, or
    the pin of the coil ("gpio:17?active=high"). `box`: which one; `code`: what opens it, hexadecimal, where that is set
    in it; `number`: its socket. `sense_open_level`: level of the switch line when the drawer is open, as `drawer learn`
    finds it; none = no switch. `sense_line` of a box that tells on a modem line, "" = as it is delivered. `sense_port`:
    the pin of the switch ("gpio:27?pull=up"). `stream_gap_ms`: so long without a byte, a drawer that tells by a stream
    is closed. `pulse_ms`: length of the first pulse. `left_open_s`: open longer than this raises an alarm. `gap_ms`:
    least rest between two pulses (never less than four pulse lengths). `pulses_per_minute`: no more than these, so
    that the coil stays cool.
    """

    driver: Literal["printer_kick", "register", "trigger_box", "gpio"] = "printer_kick"
    pin: Literal[2, 5] = 2
    port: DrawerPort = ""
    box: OptionalText = ""
    code: Annotated[str, Meta(max_length=32)] = ""
    number: Annotated[int, Meta(ge=1, le=8)] = 1
    sense_open_level: Literal["high", "low", "none"] = "none"
    sense_line: Literal["", "cts", "dsr", "dcd", "ri"] = ""
    sense_port: DrawerPort = ""
    stream_gap_ms: Annotated[int, Meta(ge=50, le=10_000)] = 500
    pulse_ms: Annotated[int, Meta(ge=20, le=200)] = 100
    left_open_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    gap_ms: Annotated[int, Meta(ge=400, le=10_000)] = 1000
    pulses_per_minute: Annotated[int, Meta(ge=1, le=120)] = 10


class Client(Section, frozen=True, kw_only=True):
    """[[api.clients]] Who may call: `name`, `role`, and exactly one of the three ways to know its bearer token.

    `token_sha256`: hexadecimal SHA-256 of the token. `token_file`: a file with nothing but the token.
    `token_env`: name of an environment variable. Two entries of one name let a token be rotated.
    """

    name: Id
    role: Role
    token_sha256: Hash = ""
    token_file: Annotated[str, Meta(max_length=4096)] = ""
    token_env: Annotated[str, Meta(pattern=r"\A[A-Za-z_][A-Za-z0-9_]*\Z", description="a variable's name")] = ""


Member = Annotated[
    str,
    Meta(
        pattern=r"\A(user|group):[A-Za-z0-9._-]{1,32}\Z",
        description='"user:NAME", "group:NAME" or a number instead of the name',
    ),
]


class Peers(Section, frozen=True, kw_only=True):
    """[api.unix] Which local users or groups have which role on the unix socket ("group:till"); root is technician."""

    cashier: Member | None = None
    manager: Member | None = None
    technician: Member | None = None
    observer: Member | None = None


class Api(Section, frozen=True, kw_only=True):
    """[api] The local HTTP API.

    `listen`: address:port; `remote` = true is needed for any address that is not loopback. `socket`: path of a
    unix socket, "" = none. `allowed_origins`: web pages that may call ("https://pos.example:8443"), exact.
    `allowed_hosts`: further exact values of the Host header ("till.local:8321").
    """

    listen: Annotated[
        str,
        Meta(
            pattern=r"\A(\[[0-9a-f:]+\]|[0-9a-z.-]+):\d{1,5}\Z",
            description='"address:port", for example "127.0.0.1:8321"',
        ),
    ] = "127.0.0.1:8321"
    remote: bool = False
    socket: Annotated[str, Meta(max_length=100)] = ""
    allowed_origins: Annotated[
        tuple[
            Annotated[
                str,
                Meta(
                    pattern=r"\Ahttps?://[0-9a-z.\-\[\]:]+\Z",
                    description='scheme://host[:port] in small letters, no "*", no path',
                ),
            ],
            ...,
        ],
        Meta(max_length=16),
    ] = ()
    allowed_hosts: Annotated[
        tuple[
            Annotated[str, Meta(pattern=r"\A[0-9a-z.\-\[\]:]+\Z", description='host:port in small letters, no "*"')],
            ...,
        ],
        Meta(max_length=16),
    ] = ()
    clients: Annotated[tuple[Client, ...], Meta(max_length=64)] = ()
    unix: Peers = Peers()

    @property
    def address(self) -> tuple[str, int]:
        """Return (host, port) of `listen`, without the brackets of an IPv6 address."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


class Rules(Section, frozen=True, kw_only=True):
    """[rules] When things happen, and what the shop allows.

    `kick_at`: the point of a cash sale at which the drawer opens. `kick_ttl_ms`: a pulse older than this is
    dropped. `settle_after_s`: a sale counts as put away after this even if the drawer stays open.
    `open_timeout_ms`: how long the switch may take to say "open" before the pulse is repeated.
    `drawer_day`: a drawer's day begins and ends with the shift, or on its own (activate, deactivate).
    `count_at_close`: must every drawer be counted for the end of the day before its shift or day ends?
    `blind_counts`: who counts is not shown what is expected before the count is submitted.
    `float_policy`: does the cash stay for the next shift (carry), or is it registered as taken out at the close?
    `shift_limit_h`: hours that a shift may last at most; 0 = as long as the fiscaliser allows. `shift_warn_min`:
    minutes before that limit at which the till warns; `shift_stop_min`: at which it sells nothing new.
    `returns_without_original`: refused, or possible when a manager approves. `max_copies` of a document without
    a manager.
    """

    kick_at: Literal["accepted", "fiscalised", "printed"] = "fiscalised"
    kick_ttl_ms: Annotated[int, Meta(ge=500, le=10_000)] = 4000
    settle_after_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    open_timeout_ms: Annotated[int, Meta(ge=300, le=5000)] = 800
    drawer_day: Literal["with_shift", "own"] = "with_shift"
    count_at_close: Literal["required", "optional"] = "optional"
    blind_counts: bool = False
    float_policy: Literal["carry", "collect"] = "carry"
    shift_limit_h: Annotated[int, Meta(ge=0, le=168)] = 0
    shift_warn_min: Annotated[int, Meta(ge=1, le=1440)] = 60
    shift_stop_min: Annotated[int, Meta(ge=1, le=1440)] = 15
    returns_without_original: Literal["refuse", "manager"] = "refuse"
    max_copies: Annotated[int, Meta(ge=0, le=100)] = 5


class Cash(Section, frozen=True, kw_only=True):
    """[cash] Cash in and out.

    `reasons`: [cash.reasons] cash_pull = ["bank", …]; a type that is not named there takes any text.
    """

    reasons: dict[CashMoveType, Annotated[tuple[Text, ...], Meta(min_length=1, max_length=64)]] = {}


LocalTime = Annotated[
    str,
    Meta(
        pattern=r"\A(([01]\d|2[0-3]):[0-5]\d)?\Z",
        description='a time of day from "00:00" to "23:59"',
    ),
]


class Schedule(Section, frozen=True, kw_only=True):
    """[schedule] A till without a cashier (a kiosk) opens and closes its shift by itself, each day, in `till.zone`.

    `open_at`, `close_at`: local times ("08:00"); "" = a person does it. A time that the clock skips in spring is the
    moment of the skip; one that comes twice in autumn is the first. What was missed while the till was off is made
    up for: a shift that should have been closed is closed, and opened again if it is a time to be open. `float_amount`:
    the cash that lies there when it is opened, minor units; left out = what was counted last or, uncounted, what the
    books expect.
    """

    open_at: LocalTime = ""
    close_at: LocalTime = ""
    float_amount: Annotated[int, Meta(ge=0, le=10**12)] | None = None


class Fiscaliser(Section, frozen=True, kw_only=True):
    """[fiscaliser.<vendor>] What makes documents lawful: exactly one vendor, or no such section at all."""

    checkbox: CheckboxConfig | None = None
    datecs: DatecsConfig | None = None
    ikassa: IkassaConfig | None = None
    smartone: SmartOneConfig | None = None

    def __post_init__(self) -> None:
        vendors = (self.checkbox, self.datecs, self.ikassa, self.smartone)
        if sum(section is not None for section in vendors) != 1:
            raise ValueError(
                "must have the section of one vendor: [fiscaliser.checkbox], [fiscaliser.datecs], [fiscaliser.ikassa] "
                "or [fiscaliser.smartone]"
            )


class Book(Section, frozen=True, kw_only=True):
    """[book.<vendor>] Who keeps the cash book of the drawers: one vendor, or no such section at all."""

    newstore: NewStoreConfig | None = None

    def __post_init__(self) -> None:
        if self.newstore is None:
            raise ValueError("must have the section of a vendor: [book.newstore]")


class Uplink(Section, frozen=True, kw_only=True):
    """[uplink] The gateway that keeps this till's books, instead of the till itself ([book.<vendor>]).

    `url`: https; http on this machine alone. `token_file`: the till's own token, which `firmware-bridge enrol` writes.
    `ca_file`: a certificate that is trusted beside the system's, "" = none. `forced_open`, `commanded_open`: is a
    drawer that is opened by force, or by command without a sale, written down for the books as a no_sale?
    """

    url: Annotated[
        str,
        Meta(max_length=256, pattern=r"\Ahttps?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?\Z", description="a URL"),
    ]
    token_file: Annotated[str, Meta(min_length=1, max_length=4096)]
    ca_file: Annotated[str, Meta(max_length=4096)] = ""
    forced_open: Literal["local_only", "no_sale"] = "local_only"
    commanded_open: Literal["local_only", "no_sale"] = "local_only"


class Config(Section, frozen=True, kw_only=True):
    """The whole file, section by section."""

    till: Till
    shop: Shop
    taxes: Annotated[dict[Id, Taxes], Meta(min_length=1, max_length=32)]
    rounding: Rounding | None = None
    journal: Journal
    printer: Printer | None = None
    drawers: Annotated[dict[Id, Drawer], Meta(max_length=8)] = {}
    api: Api = Api()
    rules: Rules = Rules()
    cash: Cash = Cash()
    schedule: Schedule = Schedule()
    fiscaliser: Fiscaliser | None = None
    book: Book | None = None
    uplink: Uplink | None = None
    console: ConsoleConfig = ConsoleConfig()

    @property
    def exponent(self) -> int:
        """Decimals of the till's currency (ISO 4217): 2 for UAH, 0 for JPY."""
        return EXPONENTS[self.till.currency]

    @property
    def rounding_mode(self) -> Literal["none", "round10", "round50"]:
        return self.rounding.mode if self.rounding else "none"

    def tax_groups(self) -> dict[str, TaxGroup]:
        """Return the tax groups by our key, as the rules and the paper know them."""
        return {
            key: TaxGroup(key, group.letter, tuple(TaxRate(tax.name, tax.rate) for tax in group.taxes))
            for key, group in self.taxes.items()
        }


def load(path: Path) -> Config:
    """Read and validate the file. Raises ConfigError; whether the parts fit together is `config_check`'s question."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    try:
        return convert(table, Config)
    except InvalidError as error:
        raise ConfigError(*(f"{path}: {fault.sentence()}" for fault in error.faults)) from error
