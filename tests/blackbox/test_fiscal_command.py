"""`fiscal` as a technician types it, against the vendor's sandbox in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from firmware_bridge.rehearsal import Checkbox, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from tests.blackbox.test_sandbox import open_shift, register, sign_in_as_a_till
from tests.support.processes import Ended, Json, command

ALWAYS = ("--from", "2020-01-01", "--to", "2100-01-01")


@dataclass
class Shop:
    """A register with one sale in its books, and a till's configuration for it. `number`: the sale's fiscal number."""

    sandbox: SandboxProcess
    folder: Path
    config: Path
    number: str = ""

    def fiscal(self, *words: str | Path, config: Path | None = None) -> Ended:
        found = command("fiscal", words[0], "--config", config or self.config, *words[1:])
        for name in ("password", "license_key", "access_key", "pin_code"):
            assert self.sandbox.ready[name] not in found.out + found.err
        return found

    def spoilt(self, name: str, old: str, new: str) -> Path:
        """A copy of the configuration with one thing changed."""
        text = self.config.read_text("utf-8")
        assert old in text
        path = self.folder / name
        path.write_text(text.replace(old, new), "utf-8")
        return path

    @property
    def sale_id(self) -> str:
        return str(self.sandbox.books()["receipts"][0]["id"])


def shop_at(sandbox: SandboxProcess, folder: Path) -> Shop:
    return Shop(sandbox, folder, write_config(folder, Checkbox.of(sandbox.ready, "current", folder)).config)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with SandboxProcess("checkbox") as sandbox:
        found = shop_at(sandbox, tmp_path_factory.mktemp("shop"))
        client = sign_in_as_a_till(sandbox.ready)
        open_shift(sandbox, client)
        yield replace(found, number=register(sandbox, client, "sale-1"))


def one_line(found: Ended, code: int, *said: str) -> None:
    assert found.code == code, found
    assert found.err.count("\n") == 1, found.err
    assert found.err.startswith("firmware-bridge: ")
    for word in said:
        assert word in found.err


def json_lines(found: Ended) -> list[Json]:
    assert (found.code, found.err) == (0, ""), found
    return [json.loads(line) for line in found.out.splitlines()]


def test_check_looks_at_everything_that_a_shift_needs(shop: Shop) -> None:
    (answer,) = json_lines(shop.fiscal("check", "--json"))
    books = shop.sandbox.books()
    rows = {row["what"]: row for row in answer["checks"]}
    assert answer["ok"] is True
    assert list(rows) == ["sign-in", "register", "taxes", "signature", "shift", "clock"]
    assert books["register"]["fiscal_number"] in rows["register"]["found"]
    assert "a test register" in rows["register"]["found"]
    assert "20 % in the configuration and А 20+0 % at Checkbox" in rows["taxes"]["found"]
    assert rows["shift"]["found"].startswith("number 1, OPENED, since ")
    assert rows["clock"]["found"].endswith("this machine")
    text = shop.fiscal("check")
    assert (text.code, text.err) == (0, "")
    assert [line[:4] for line in text.out.splitlines()] == ["ok  "] * 6


def test_taxes_that_differ_are_shown_with_both_sides_and_fail_the_check(shop: Shop) -> None:
    other = shop.spoilt("taxes.toml", "checkbox = [1]", "checkbox = [2]")
    found = shop.fiscal("check", config=other)
    one_line(found, 1, "1 of 6 not in order", "vat20 is 20 % in the configuration and Б 7+0 % at Checkbox")
    assert "BAD taxes" in found.out
    assert found.out.count("\n") == 6


def test_a_sale_is_found_by_time_and_by_its_number(shop: Shop) -> None:
    (row,) = json_lines(shop.fiscal("search", *ALWAYS, "--json"))
    assert (row["id"], row["fiscal_number"], row["total"]) == (shop.sale_id, shop.number, 4100)
    assert (row["type"], row["status"], row["offline"]) == ("SELL", "DONE", False)
    assert json_lines(shop.fiscal("search", *ALWAYS, "--fiscal-code", shop.number, "--json")) == [row]
    assert json_lines(shop.fiscal("search", *ALWAYS, "--fiscal-code", "AAAAAAAAAAA", "--json")) == []
    past = shop.fiscal("search", "--from", "2020-01-01", "--to", "2020-01-31")
    assert (past.code, past.out) == (0, "no receipts\n")
    text = shop.fiscal("search", *ALWAYS)
    assert shop.number in text.out
    assert "41.00" in text.out


def test_the_turnover_of_a_time_is_told_in_the_vendors_words(shop: Shop) -> None:
    text = shop.fiscal("report", *ALWAYS)
    assert (text.code, text.err) == (0, "")
    assert str(shop.sandbox.books()["register"]["fiscal_number"]) in text.out
    (answer,) = json_lines(shop.fiscal("report", *ALWAYS, "--json"))
    assert answer["text"] == text.out.rstrip("\n")


def test_a_receipt_is_shown_by_its_id_and_by_its_number(shop: Shop) -> None:
    text = shop.fiscal("receipt", shop.sale_id)
    assert (text.code, text.err) == (0, "")
    assert shop.number in text.out
    assert "41.00" in text.out or "41,00" in text.out
    assert shop.fiscal("receipt", shop.number, "--text").out == text.out
    (answer,) = json_lines(shop.fiscal("receipt", shop.number, "--json"))
    assert (answer["id"], answer["text"]) == (shop.sale_id, text.out.rstrip("\n"))


def test_a_receipt_is_drawn_into_a_new_file_and_never_over_another(shop: Shop) -> None:
    path = shop.folder / "receipt.png"
    assert shop.fiscal("receipt", shop.sale_id, "--png", path).code == 0
    picture = path.read_bytes()
    assert picture.startswith(b"\x89PNG")
    one_line(shop.fiscal("receipt", shop.sale_id, "--png", path), 1, str(path), "exists")
    assert path.read_bytes() == picture


def test_a_receipt_that_nobody_knows_is_said_so(shop: Shop) -> None:
    one_line(shop.fiscal("receipt", "sale-99"), 1, "knows no receipt sale-99")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("search", "--from", "yesterday", "--to", "2026-01-31"), "--from 'yesterday' is no date"),
        (("report", "--from", "2026-02-01", "--to", "2026-01-31"), "is not before"),
        (("search", "--from", "2026-02-01"), "--to"),
        (("receipt",), "ID"),
        (("receipt", "x", "--text", "--png", "y"), "not allowed with"),
        (("sell",), "sell"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(shop: Shop, words: tuple[str, ...], said: str) -> None:
    before = shop.sandbox.books()
    one_line(shop.fiscal(*words), 2, said)
    assert shop.sandbox.books()["receipts"] == before["receipts"]


def test_a_till_without_a_register_has_nothing_to_look_at(tmp_path: Path) -> None:
    found = command("fiscal", "check", "--config", write_config(tmp_path).config)
    one_line(found, 2, "no [fiscaliser.checkbox]")


def test_a_wrong_password_is_a_matter_of_the_configuration(shop: Shop) -> None:
    secret = shop.folder / "wrong"
    secret.write_text("a-wrong-password", "utf-8")
    other = shop.spoilt("password.toml", str(shop.folder / "checkbox.password"), str(secret))
    found = shop.fiscal("check", config=other)
    one_line(found, 2, "login or password is wrong", "nothing was changed")
    assert "a-wrong-password" not in found.err + found.out


def test_a_vendor_that_is_not_there_is_one_line(shop: Shop) -> None:
    base = str(shop.sandbox.ready["base_url"])
    other = shop.spoilt("nowhere.toml", base, "http://127.0.0.1:9")
    one_line(shop.fiscal("check", config=other), 1, "127.0.0.1:9 could not be reached", "nothing was changed")


def test_a_live_register_is_refused_unless_it_was_typed(tmp_path: Path) -> None:
    with SandboxProcess("checkbox", "--live") as sandbox:
        live = shop_at(sandbox, tmp_path)
        for words in (("check",), ("search", *ALWAYS), ("report", *ALWAYS), ("receipt", "sale-1")):
            found = live.fiscal(*words)
            one_line(found, 2, "is a live one", "--live")
            assert found.out == ""
        typed = live.fiscal("check", "--live")
        assert (typed.code, typed.err) == (0, "")
        assert "a live register" in typed.out


def test_webhook_sets_shows_and_removes_the_address_and_shows_no_key(shop: Shop) -> None:
    key = shop.folder / "webhook.key"
    config = shop.spoilt(
        "heard.toml", "[fiscaliser.checkbox]", f'[fiscaliser.checkbox]\nwebhook = {{ file = "{key}" }}'
    )
    one_line(shop.fiscal("webhook", "set", "https://till.example.com"), 2, "names no file for the key")
    one_line(shop.fiscal("webhook", "show", "https://till.example.com", config=config), 2, "takes no address")
    done = shop.fiscal("webhook", "set", "https://till.example.com", config=config)
    secret = key.read_text("ascii").strip()
    assert (done.code, done.err) == (0, "")
    assert "https://till.example.com/v1/webhooks/checkbox" in done.out
    assert secret
    assert secret not in done.out
    (shown,) = json_lines(shop.fiscal("webhook", "show", "--json", config=config))
    assert "https://till.example.com/v1/webhooks/checkbox" in shown["checks"][0]["found"]
    assert shop.fiscal("webhook", "remove", config=config).code == 0
    assert "none is set" in shop.fiscal("webhook", "show", config=config).out
