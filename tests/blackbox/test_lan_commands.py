"""`fiscal`, `simulate` and `sandbox` as a technician types them, at a till whose register is one of the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess
from firmware_bridge.sandbox_command import SandboxProcess
from tests.support.lan_desk import VENDORS, LanDesk, Vendor, configured, lan_desk, sandboxed
from tests.support.processes import MODULE, Ended, Json, command, running, until

GROUP: dict[Vendor, str] = {"ikassa": "vat20", "core": "vat18", "ecr": "vat18"}


@dataclass
class Shop:
    """A register with one sale in its books, the till that made it stopped, and its configuration."""

    vendor: Vendor
    sandbox: SandboxProcess
    at: Rehearsal
    sale_id: str = ""

    def fiscal(self, *words: str | Path, config: Path | None = None) -> Ended:
        found = command("fiscal", words[0], "--config", config or self.at.config, *words[1:])
        for name in ("pin", "merchant_id"):
            assert str(self.sandbox.ready.get(name, "no such secret")) not in found.out + found.err
        return found

    def spoilt(self, name: str, old: str, new: str) -> Path:
        """A copy of the configuration with one thing changed."""
        text = self.at.config.read_text("utf-8")
        assert old in text
        path = self.at.folder / name
        path.write_text(text.replace(old, new), "utf-8")
        return path


@pytest.fixture(scope="module", params=VENDORS)
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with lan_desk(tmp_path_factory.mktemp(request.param), request.param) as desk:
        sold = desk.sell(1990)
        desk.till.stop()
        yield Shop(request.param, desk.sandbox, desk.at, sold["id"])


def only(*vendors: Vendor) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", vendors, indirect=True)


def one_line(found: Ended, code: int, *said: str) -> None:
    assert found.code == code, found
    assert found.err.count("\n") == 1, found.err
    for word in said:
        assert word in found.err


def json_line(found: Ended) -> Json:
    assert (found.code, found.err) == (0, ""), found
    answer: Json = json.loads(found.out)
    return answer


# --- fiscal ---------------------------------------------------------------------------------------------------------


def test_check_says_in_plain_words_that_all_is_in_order(shop: Shop) -> None:
    answer = json_line(shop.fiscal("check", "--json"))
    rows = {row["what"]: row for row in answer["checks"]}
    assert answer["ok"] is True
    if shop.vendor == "ikassa":
        assert list(rows) == ["sign-in", "register"]
        assert shop.sandbox.ready["register_number"] in rows["register"]["found"]
    else:
        assert list(rows) == ["signature", "shift", "cash", "tax"]
        assert "may be open until" in rows["shift"]["found"]
        assert rows["cash"]["found"].startswith("119.90 in the drawer")
    if shop.vendor == "core":
        assert rows["tax"]["found"] == "vat18 is 18 % in the configuration under code A and 18 % there"
    text = shop.fiscal("check")
    assert (text.code, text.err) == (0, "")
    assert {line[:4] for line in text.out.splitlines()} == {"ok  "}


def test_a_wrong_secret_is_said_and_not_shown(shop: Shop) -> None:
    name = "ikassa.pin" if shop.vendor == "ikassa" else "smartone.merchant_id"
    wrong = shop.at.folder / "wrong"
    wrong.write_text("987654", "utf-8")
    found = shop.fiscal("check", config=shop.spoilt("secret.toml", str(shop.at.folder / name), str(wrong)))
    row = "sign-in" if shop.vendor == "ikassa" else "signature"
    why = "Authorization error" if shop.vendor == "core" else "configuration put right"  # core tells no codes
    one_line(found, 1, f"1 of 1 not in order: {row}: ", why)
    assert f"BAD {row}" in found.out
    assert "987654" not in found.out + found.err


@only("core")
def test_a_tax_that_is_another_one_there_is_shown_with_both_sides(shop: Shop) -> None:
    found = shop.fiscal("check", config=shop.spoilt("tax.toml", "rate = 1800", "rate = 200"))
    one_line(found, 1, "1 of 4 not in order: tax: vat18 is 2 % in the configuration under code A and 18 % there")


@only("ikassa")
def test_another_register_than_the_configured_one_is_shown(shop: Shop) -> None:
    number = shop.sandbox.ready["register_number"]
    found = shop.fiscal("check", config=shop.spoilt("number.toml", f'"{number}"', '"111"'))
    one_line(found, 1, f"register {number}, 111 is configured")


def test_a_register_that_is_not_there_is_one_sentence_with_what_to_do(shop: Shop) -> None:
    where = str(shop.sandbox.ready["url" if shop.vendor == "ikassa" else "base_url"])
    nowhere = shop.spoilt("nowhere.toml", where, "http://127.0.0.1:9/v1")
    one_line(shop.fiscal("check", config=nowhere), 1, "127.0.0.1:9", "nothing was changed there", "in the network")


@only("core", "ecr")
def test_the_open_shifts_sums_are_told(shop: Shop) -> None:
    before = shop.sandbox.books()
    found = json_line(shop.fiscal("report", "--json"))
    assert (found["cash"], found["totals"]["sale"], found["totals"]["deposit"]) == (11_990, [1, 1990], [1, 10_000])
    assert "sale          1        19.90" in shop.fiscal("report").out
    assert shop.sandbox.books()["documents"] == before["documents"]
    one_line(shop.fiscal("report", "--from", "2026-01-01", "--to", "2026-01-02"), 2, "open shift alone")


@only("ikassa", "ecr")
def test_a_document_is_found_by_the_tills_id(shop: Shop) -> None:
    found = json_line(shop.fiscal("receipt", shop.sale_id, "--json"))
    row = shop.sandbox.books()["documents"][1]
    if shop.vendor == "ikassa":
        assert (found["made"], found["total"], found["fiscal_number"]) == (True, "19.90", row["uid"])
    else:
        assert (found["amount"], found["fiscalID"]) == (1990, row["fiscal_id"])
    text = shop.fiscal("receipt", shop.sale_id).out
    assert "19.90" in text
    assert found["fiscal_number" if shop.vendor == "ikassa" else "fiscalID"] in text
    one_line(shop.fiscal("receipt", "nobody-knows-it"), 1, "knows no document nobody-knows-it")
    one_line(shop.fiscal("receipt", shop.sale_id, "--png", shop.at.folder / "x.png"), 2, "draws no picture")


@pytest.mark.parametrize(
    ("shop", "part"),
    [
        *(("ikassa", part) for part in ("mode", "codes", "search", "report")),
        *(("core", part) for part in ("mode", "codes", "search", "receipt", "find")),
        *(("ecr", part) for part in ("mode", "codes", "search", "find")),
    ],
    indirect=["shop"],
)
def test_what_a_register_cannot_tell_is_refused_with_what_there_is_instead(shop: Shop, part: str) -> None:
    more = {"search": ("--from", "2026-01-01", "--to", "2026-01-02"), "receipt": (shop.sale_id,)}.get(part, ())
    before = shop.sandbox.books()
    found = shop.fiscal(part, *more)
    one_line(found, 2, "nothing was asked for")
    assert found.err.rstrip().endswith(")"), "what there is instead"
    assert shop.sandbox.books() | {"now": ""} == before | {"now": ""}


def test_tills_of_ikassa_are_found_in_the_network(tmp_path: Path) -> None:
    with sandboxed("ikassa", "--ssdp-port", "0") as sandbox:
        at = configured(tmp_path, "ikassa", sandbox)
        where = sandbox.ready["ssdp"]
        found = json_line(command("fiscal", "find", "--config", at.config, "--at", where, "--wait", "1", "--json"))
        assert (found["host"], found["location"]) == ("127.0.0.1", sandbox.ready["url"])
        text = command("fiscal", "find", "--config", at.config, "--at", where, "--wait", "1")
        assert text.out.startswith("http://127.0.0.1:37015/v1  ")
        nobody = command("fiscal", "find", "--config", at.config, "--at", "127.0.0.1:9", "--wait", "0.2")
        one_line(nobody, 1, "No till of iKassa has answered", "switched on")
    wrong = command("fiscal", "find", "--config", at.config, "--at", "somewhere")
    one_line(wrong, 2, "no HOST:PORT")


# --- simulate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("vendor", "words"), [("ikassa", ()), ("core", ()), ("ecr", ("--serial",))])
def test_simulate_sells_against_a_sandbox_of_its_own(tmp_path: Path, vendor: Vendor, words: tuple[str, ...]) -> None:
    """Whatever the config means is out of reach: that register is gone before the till is started."""
    with sandboxed(vendor, *words) as gone:
        at = configured(tmp_path, vendor, gone)
        with TillProcess(at, module=("firmware_bridge", "simulate")) as till:
            desk = LanDesk(vendor, at, till, Cashier(till, at.token), gone, None, GROUP[vendor])
            until(lambda: desk.status()["printer"]["state"] == "ready", "the printer to be ready")
            desk.cashier.post("/v1/shifts", {"id": "shift-1", "float_amount": 10_000})
            sold = desk.answered("/v1/sales", desk.sale(1000, [{"type": "cash", "amount": 1000}]))
            assert sold["fiscal"]["fiscaliser"] == ("ikassa" if vendor == "ikassa" else "smartone")
        assert gone.books()["documents"] == []


def test_simulate_says_where_the_register_is(tmp_path: Path) -> None:
    with sandboxed("ecr", "--serial") as gone:
        at = configured(tmp_path, "ecr", gone)
        with running(*MODULE, "simulate", "--config", at.config, errors=tmp_path / "log") as till:
            assert till.ready.keys() == {"listen", "printer", "smartone"}
            assert till.ready["smartone"].startswith("serial:/dev/pts/")
            assert till.ready["smartone"] != f"serial:{gone.ready['serial']}"
