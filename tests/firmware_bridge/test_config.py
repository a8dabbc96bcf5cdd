"""The configuration: what is right is read, what is wrong is named with file, place and what is allowed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from firmware_bridge.app import rule_settings
from firmware_bridge.config import Config, ConfigError, load
from firmware_bridge.config_check import check, token_digests
from firmware_bridge.device_check import missing_devices
from statemachines.vocabulary.receipt import TaxGroup, TaxRate

SMALL = """
[till]
id = "UA-17"
market = "UA"
zone = "Europe/Kyiv"
currency = "UAH"
language = "uk"

[shop]
name = "Кав'ярня"

[taxes.vat20]
letter = "А"
taxes = [{ name = "ПДВ", rate = 2000 }]

[rounding]
mode = "round50"

[journal]
path = "/var/lib/firmware-bridge/journal.sqlite"
"""
WHOLE = (
    SMALL
    + """snapshot_every = 500

[taxes.none]
letter = "Б"

[printer]
driver = "escpos"
port = "serial:/dev/ttyUSB0?baud=115200&flow=rtscts"
columns = 42
encoding = "cp866"
page = 17
confirm = "odometer"
marker = "off"
after_power_loss = "ask"
unprinted_sale = "keep"

[drawers.main]
driver = "printer_kick"
pin = 5
sense_open_level = "low"
pulse_ms = 120
left_open_s = 90

[api]
listen = "[::1]:9000"
socket = "/run/firmware-bridge/till.sock"
allowed_origins = ["https://pos.example:8443"]
allowed_hosts = ["till.local:9000"]

[api.unix]
cashier = "group:till"

[[api.clients]]
name = "pos"
role = "cashier"
token_sha256 = "%s"

[rules]
kick_at = "printed"
kick_ttl_ms = 3000
settle_after_s = 30
drawer_day = "own"
count_at_close = "required"
blind_counts = true
float_policy = "carry"
shift_limit_h = 24
shift_warn_min = 90
shift_stop_min = 10
returns_without_original = "manager"
max_copies = 2

[cash.reasons]
cash_pull = ["bank", "safe"]
no_sale = ["change"]

[schedule]
open_at = "08:00"
float_amount = 50000
"""
    % ("ab" * 32)
)


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "till.toml"
    path.write_text(text, "utf-8")
    return load(path)


def faults(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        check(read(tmp_path, text), tmp_path / "till.toml")
    assert all(fault.startswith(f"{tmp_path}/till.toml: ") for fault in caught.value.faults)
    assert caught.value.exit_code == 2
    return tuple(fault.partition(": ")[2] for fault in caught.value.faults)


def test_small_config_has_sensible_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, SMALL)
    check(config)
    assert config.api.address == ("127.0.0.1", 8321)
    assert (config.rules.kick_at, config.rules.kick_ttl_ms) == ("fiscalised", 4000)
    assert (config.rounding_mode, config.exponent, config.printer, dict(config.drawers)) == ("round50", 2, None, {})


def test_whole_config_is_read(tmp_path: Path) -> None:
    config = read(tmp_path, WHOLE)
    check(config)
    assert config.journal.snapshot_every == 500
    assert config.printer is not None
    assert (config.printer.columns, config.printer.after_power_loss) == (42, "ask")
    assert config.drawers["main"].pin == 5
    assert config.api.address == ("::1", 9000)
    assert config.api.unix.cashier == "group:till"
    assert config.tax_groups() == {
        "vat20": TaxGroup("vat20", "А", (TaxRate("ПДВ", 2000),)),
        "none": TaxGroup("none", "Б", ()),
    }


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('id = "UA-17"', 'id = "UA 17"', "till.id", "A-Z"),
        ('id = "UA-17"', "id = 17", "till.id", "must be text, not a whole number"),
        ('id = "UA-17"', 'idd = "UA-17"', "till.idd", "allowed are: id, market"),
        ('id = "UA-17"', "", "till.id", "is missing"),
        ('market = "UA"', 'market = "ua"', "till.market", "two capital letters"),
        ("[shop]", "[shopp]", "shopp", "is not known"),
        ('name = "Кав\'ярня"', 'name = ""', "shop.name", "not be empty"),
        ("rate = 2000", "rate = 20.0", "taxes.vat20.taxes[0].rate", "whole number"),
        ("rate = 2000", "rate = 10001", "taxes.vat20.taxes[0].rate", "at most 10000"),
        ('mode = "round50"', 'mode = "half"', "rounding.mode", "none, round10, round50"),
        ("columns = 42", "columns = 20", "printer.columns", "at least 24"),
        ('port = "serial:', 'port = "parallel:', "printer.port", '"serial:'),
        ("pin = 5", "pin = 3", "drawers.main.pin", "2, 5"),
        ("pulse_ms = 120", "pulse_ms = 300", "drawers.main.pulse_ms", "at most 200"),
        ("[drawers.main]", '[drawers."a b"]', "drawers.a b", "A-Z"),
        ('role = "cashier"', 'role = "boss"', "api.clients[0].role", "cashier, manager"),
        ('role = "cashier"', 'role = "cashier"\ntoken = "secret"', "api.clients[0].token", "is not known"),
        ("abab", "xyzz", "api.clients[0].token_sha256", "64 hexadecimal digits"),
        ('["https://pos.example:8443"]', '["*"]', "api.allowed_origins[0]", 'no "*"'),
        ('["https://pos.example:8443"]', '["https://pos.example/"]', "api.allowed_origins[0]", "no path"),
        ('["till.local:9000"]', '["*.local:9000"]', "api.allowed_hosts[0]", 'no "*"'),
        ('kick_at = "printed"', 'kick_at = "never"', "rules.kick_at", "accepted, fiscalised, printed"),
    ],
)
def test_wrong_key_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    assert WHOLE.count(old) >= 1
    found = faults(tmp_path, WHOLE.replace(old, new, 1))
    assert any(fault.startswith(f"{place} ") and words in fault for fault in found), found
    assert all("\n" not in fault for fault in found)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('mode = "round50"', "", "rounding.mode is missing"),
        ('[rounding]\nmode = "round50"', "", "rounding.mode: must be chosen for market UA"),
        ('currency = "UAH"', 'currency = "XXX"', "till.currency: XXX is not known"),
        ("Europe/Kyiv", "Europe/Nowhere", "till.zone: there is no time zone"),
        ("Europe/Kyiv", "../../etc/passwd", "till.zone: there is no time zone"),
        ('letter = "Б"', 'letter = "А"', "taxes.none.letter: А stands for more than one group"),
        ("[::1]:9000", "0.0.0.0:9000", "api.listen: 0.0.0.0 is reachable from the network"),
        ("[::1]:9000", "127.0.0.1:99999", "api.listen: port 99999"),
        ('encoding = "cp866"', 'encoding = "cp8"', "printer.encoding: cp8 is no code page"),
        ('encoding = "cp866"', 'encoding = "utf-16"', "printer.encoding: utf-16 is no code page"),
        ("/run/firmware-bridge/till.sock", "till.sock", "api.socket: must be an absolute path"),
        ("[rules]", 'token_env = "T"\n[rules]', "api.clients[0]: exactly one of"),
        ("[rules]", f'[[api.clients]]\nname = "pos"\nrole = "manager"\ntoken_sha256 = "{"cd" * 32}"\n[rules]',
         "api.clients[1].role: pos has another role"),
        ("[drawers.main]", "[drawers.second]\npin = 5\n[drawers.main]", "drawers: second, main hang"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_are_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in WHOLE
    assert any(sentence in fault for fault in faults(tmp_path, WHOLE.replace(old, new, 1)))


def test_drawer_on_the_printer_needs_a_printer(tmp_path: Path) -> None:
    assert faults(tmp_path, SMALL + "[drawers.main]\n") == (
        "drawers.main.driver: printer_kick needs a [printer] section",
    )


def test_listening_on_the_network_must_be_allowed_expressly(tmp_path: Path) -> None:
    check(read(tmp_path, WHOLE.replace('listen = "[::1]:9000"', 'listen = "0.0.0.0:9000"\nremote = true')))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = SMALL.replace("Europe/Kyiv", "Nowhere").replace("UAH", "XXX")
    assert len(faults(tmp_path, text)) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[till", "is not valid TOML"), (b"\xff\xfe", "is not UTF-8"), (b"a = " + b"[" * 5000, "is not valid TOML")],
)
def test_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "till.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"till.toml: {words}"):
        load(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read: No such file") as caught:
        load(tmp_path / "gone.toml")
    assert caught.value.line().startswith("firmware-bridge: ")


def test_missing_printer_is_no_error_but_is_told(tmp_path: Path) -> None:
    config = read(tmp_path, WHOLE.replace("/dev/ttyUSB0", str(tmp_path / "tty")))
    assert missing_devices(config) == [
        f"printer.port: {tmp_path}/tty is not there: plug the printer in or correct the port"
    ]
    (tmp_path / "tty").touch()
    assert missing_devices(config) == []


# --- tokens ---------------------------------------------------------------------------------------------------------

TOKEN = "t" * 43


def with_client(tmp_path: Path, *ways: str) -> Config:
    clients = "".join(f'[[api.clients]]\nname = "c{at}"\nrole = "cashier"\n{way}\n' for at, way in enumerate(ways))
    return read(tmp_path, SMALL + clients)


def test_tokens_come_from_hash_file_or_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN + "\n")
    config = with_client(
        tmp_path, f'token_sha256 = "{"AB" * 32}"', f'token_file = "{tmp_path}/token"', 'token_env = "POS_TOKEN"'
    )
    secrets: list[str] = []
    found = token_digests(config.api, {"POS_TOKEN": "e" * 43}, secrets.append)
    assert [digest for _, digest in found] == [
        bytes.fromhex("ab" * 32),
        hashlib.sha256(TOKEN.encode()).digest(),
        hashlib.sha256(b"e" * 43).digest(),
    ]
    assert secrets == [TOKEN, "e" * 43]


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"short", "32 to 256"), (b"x" * 300, "32 to 256"), (b"a b" * 20, "without blanks"),
     (b"\xff" * 40, "not text"), ("ї".encode() * 40, "ASCII")],
)  # fmt: skip
def test_token_file_that_cannot_be_used_is_named_without_its_content(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    config = with_client(tmp_path, f'token_file = "{tmp_path}/token"')
    with pytest.raises(ConfigError, match=r"api\.clients\[0\]\.token_file: ") as caught:
        token_digests(config.api, {})
    assert words in caught.value.text
    assert "short" not in caught.value.text


def test_environment_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    config = with_client(tmp_path, 'token_env = "POS_TOKEN"')
    with pytest.raises(ConfigError, match=r"api\.clients\[0\]\.token_env: .* POS_TOKEN is not set"):
        token_digests(config.api, {})


def test_two_clients_may_not_share_a_token(tmp_path: Path) -> None:
    config = with_client(tmp_path, 'token_env = "A"', 'token_env = "A"')
    with pytest.raises(ConfigError, match=r"api\.clients\[1\]: has the same token as client c0"):
        token_digests(config.api, {"A": TOKEN})


COUNTED = "[rules]\ncount_at_close = 'required'\n[printer]\nport = 'serial:/dev/p'\n[drawers.main]\n"


def test_what_the_shop_chooses_reaches_the_rules(tmp_path: Path) -> None:
    settings = rule_settings(read(tmp_path, WHOLE.replace('"carry"', '"collect"')))
    assert (settings.drawer_day, settings.count_at_close, settings.blind_counts) == ("own", "required", True)
    assert (settings.float_policy, settings.returns_without_original, settings.max_copies) == ("collect", "manager", 2)
    assert (settings.limit_ms, settings.shift_warn_ms, settings.shift_stop_ms) == (86_400_000, 5_400_000, 600_000)
    assert dict(settings.reasons) == {"cash_pull": ("bank", "safe"), "no_sale": ("change",)}
    plain = rule_settings(read(tmp_path, SMALL))
    assert (plain.drawer_day, plain.count_at_close, plain.limit_ms, dict(plain.reasons)) == (
        "with_shift", "optional", 0, {},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ("[rules]\nfloat_policy = 'keep'", "rules.float_policy", "carry, collect"),
        ("[rules]\nshift_limit_h = 169", "rules.shift_limit_h", "at most 168"),
        ("[rules]\nshift_warn_min = 0", "rules.shift_warn_min", "at least 1"),
        ("[rules]\nmax_copies = -1", "rules.max_copies", "at least 0"),
        ("[cash.reasons]\ngift = ['x']", "cash.reasons.gift", "has a name that must be one of add_to_float"),
        ("[cash.reasons]\ncash_pull = []", "cash.reasons.cash_pull", "at least 1 entry"),
        ("[cash.reasons]\ncash_pull = ['']", "cash.reasons.cash_pull[0]", "not be empty"),
        ("[schedule]\nopen_at = '24:00'", "schedule.open_at", '"00:00" to "23:59"'),
        ("[schedule]\nopen_at = '8:00'", "schedule.open_at", '"00:00" to "23:59"'),
        ("[schedule]\nopen = '08:00'", "schedule.open", "open_at, close_at"),
        ("[rules]\ncount_at_close = 'required'", "rules.count_at_close", "needs a drawer"),
        ("[rules]\ndrawer_day = 'own'", "rules.drawer_day", "needs a drawer"),
        ("[rules]\nfloat_policy = 'collect'", "rules.float_policy", "needs a [fiscaliser]"),
        ("[rules]\nshift_warn_min = 10", "rules.shift_stop_min", "15 minutes before the limit"),
        ("[rules]\nshift_limit_h = 1", "rules.shift_warn_min", "whole shift"),
        ("[cash.reasons]\ncash_pull = ['bank', 'bank']", "cash.reasons.cash_pull", "2 times"),
        ("[schedule]\nfloat_amount = 5", "schedule.float_amount", "needs schedule.open_at"),
        ("[schedule]\nopen_at = '08:00'\nclose_at = '08:00'", "schedule.close_at", "open_at too"),
        ("[rules]\nshift_limit_h = 12\n[schedule]\nopen_at = '08:00'\nclose_at = '20:00'", "schedule.close_at",
         "720 minutes after open_at, but a shift may last 720"),
        (COUNTED + "[schedule]\nclose_at = '20:00'", "schedule.close_at", "wait for ever"),
    ],
)  # fmt: skip
def test_what_the_shop_chooses_is_bounded_and_does_not_contradict_itself(
    tmp_path: Path, more: str, place: str, words: str
) -> None:
    (fault,) = faults(tmp_path, f"{SMALL}\n{more}\n")
    assert fault.startswith(place)
    assert words in fault


def test_a_day_that_fits_its_limits_is_accepted(tmp_path: Path) -> None:
    text = f"{SMALL}\n[rules]\nshift_limit_h = 24\n[schedule]\nopen_at = '08:00'\nclose_at = '07:00'\n"
    check(read(tmp_path, text))


CHECKBOX = """
[fiscaliser.checkbox]
base_url = "http://127.0.0.1:9"
login = "learner"
password = { file = "/nonexistent/password" }
license_key = { file = "/nonexistent/key" }
"""


@pytest.mark.parametrize(
    ("more", "place", "words"),
    [
        ("[rules]\nshift_limit_h = 48", "rules.shift_limit_h", "longer than the 24"),
        ("[schedule]\nopen_at = '08:00'\nclose_at = '07:50'", "schedule.close_at", "1430 minutes after open_at"),
    ],
)
def test_shift_is_not_longer_than_the_fiscaliser_allows(tmp_path: Path, more: str, place: str, words: str) -> None:
    text = f"{SMALL}\n{more}\n"
    check(read(tmp_path, text))  # without a fiscaliser nobody minds
    (fault,) = (found for found in faults(tmp_path, text + CHECKBOX) if found.startswith(place))
    assert words in fault
