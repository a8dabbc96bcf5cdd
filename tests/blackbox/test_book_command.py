"""`book` as an administrator types it, against NewStore's sandbox in a process of its own and a till that sells."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from firmware_bridge import cli, config
from firmware_bridge.clock import SystemClock
from firmware_bridge.rehearsal import Cashier, NewStore, TillProcess, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.simulation import Bench
from firmware_bridge.vendors.newstore import build
from firmware_bridge.vendors.newstore.audit import journal_look
from firmware_bridge.vendors.newstore.audit.comparer import comparer
from statemachines.vocabulary.book_events import BooksCompared
from tests.support.processes import QUICK, Desk, Ended, Json, command, sale, until

ALWAYS = ("--from", "2020-01-01", "--to", "2100-01-01")


@dataclass
class Shop:
    """A store at NewStore with two drawers, and the configuration of a till that has one of them."""

    sandbox: SandboxProcess
    folder: Path
    config: Path

    def book(self, *words: str | Path, config: Path | None = None, apart: bool = False) -> Ended:
        """`apart`: in a process of its own, as it is typed; otherwise by the same entry, which is quicker."""
        begin = command if apart else typed
        found = begin("book", *words, "--config", config or self.config)
        assert self.sandbox.ready["client_secret"] not in found.out + found.err
        return found

    def facts(self, *words: str | Path) -> list[Json]:
        found = self.book(*words, "--json")
        assert (found.code, found.err) == (0, ""), found
        return [json.loads(line) for line in found.out.splitlines()]

    def spoilt(self, name: str, old: str, new: str) -> Path:
        """A copy of the configuration with one thing changed."""
        text = self.config.read_text("utf-8")
        assert old in text
        path = self.folder / name
        path.write_text(text.replace(old, new), "utf-8")
        return path

    def drawer(self, name: str) -> Json:
        (found,) = [one for one in self.sandbox.books()["drawers"] if one["cash_drawer_id"] == name]
        assert isinstance(found, dict)
        return found

    def statuses(self) -> list[str]:
        return [one["status"] for one in self.sandbox.books()["transactions"]]

    def by_hand(self, method: str, path: str, body: Json | None = None) -> Any:
        """What somebody else's program does at NewStore."""
        known = {name: self.sandbox.ready[name] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **known})
        token = self._call("POST", urlsplit(self.sandbox.ready["token_url"]).path, form, "")["access_token"]
        return self._call(method, path, "" if body is None else json.dumps(body), token)

    def _call(self, method: str, path: str, body: str, token: str) -> Any:
        netloc = urlsplit(self.sandbox.ready["base_url"]).netloc
        with closing(http.client.HTTPConnection(netloc, timeout=10)) as connection:
            connection.request(method, path, body.encode(), {"Authorization": f"Bearer {token}"} if token else {})
            response = connection.getresponse()
            answer = response.read()
        assert response.status in (200, 204), answer
        return json.loads(answer) if answer else None


def typed(*words: str | Path) -> Ended:
    """The command line in this process."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
        try:
            code = cli.main([str(word) for word in words])
        except SystemExit as end:
            code = int(str(end.code))
    return Ended(code, out.getvalue(), err.getvalue())


def one_line(found: Ended, code: int, *said: str) -> None:
    assert found.code == code, found
    assert found.err.count("\n") == 1, found.err
    assert found.err.startswith("firmware-bridge: ")
    for word in said:
        assert word in found.err


@contextmanager
def a_shop(folder: Path, *more: str) -> Iterator[Shop]:
    options = ("--currency", "UAH", "--drawer", "box-1:1000.50", "--drawer", "box-2", *more)
    with SandboxProcess("newstore", *options) as sandbox:
        reasons = {"пошта": "post_office"}
        at = write_config(folder, None, NewStore.of(sandbox.ready, folder, "box-1", reasons))
        yield Shop(sandbox, folder, at.config)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with a_shop(tmp_path_factory.mktemp("shop")) as found:
        yield found


# --- looking --------------------------------------------------------------------------------------------------------


def test_check_looks_at_everything_and_says_so(shop: Shop) -> None:
    (answer,) = shop.facts("check")
    assert answer["ok"] is True
    assert [row["what"] for row in answer["checks"]] == ["sign-in", "store", "drawer", "types", "clock"]
    text = shop.book("check", apart=True)
    assert (text.code, text.err) == (0, "")
    assert [line[:4] for line in text.out.splitlines()] == ["ok  "] * 5
    assert "main is box-1 ('Drawer 1'), inactive, default float 1000.50 UAH" in text.out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('main = "box-1"', 'main = "box-9"', "no such drawer"),
        ('currency = "UAH"', 'currency = "EUR"', "is in UAH, this till in EUR"),
        ('"post_office"', '"post"', "has no such code"),
    ],
)
def test_check_names_what_must_be_mended_and_fails(old: str, new: str, said: str, shop: Shop) -> None:
    found = shop.book("check", config=shop.spoilt("check.toml", old, new))
    one_line(found, 1, "not in order", said)
    assert "BAD " in found.out


def test_a_wrong_secret_is_said_without_it(shop: Shop) -> None:
    secret = shop.folder / "wrong"
    secret.write_text("a-wrong-secret", "utf-8")
    other = shop.spoilt("secret.toml", str(shop.folder / "newstore.client_secret"), str(secret))
    found = shop.book("check", config=other)
    one_line(found, 2, "[book.newstore]", "nothing was")
    assert "a-wrong-secret" not in found.err + found.out


def test_config_types_and_drawers_are_told(shop: Shop) -> None:
    assert shop.facts("config") == [{"type": "integrated", "cash_management": True}]
    types = {one["type"]: one for one in shop.facts("types")}
    assert len(types) == 10
    assert types["remove_petty_cash"]["reasons"] == {"post_office": "Post office", "food": "Buy snacks"}
    assert "post_office (Post office), food (Buy snacks)" in shop.book("types").out
    first, second = shop.facts("drawers")
    assert (first["drawer"], first["till"], first["float"], first["currency"]) == ("box-1", "main", 100_050, "UAH")
    assert (second["drawer"], second["till"], second["float"]) == ("box-2", "", 20_000)
    assert shop.facts("drawer", "main") == shop.facts("drawer", "box-1") == [first]
    text = shop.book("drawers").out
    assert "1000.50 UAH" in text
    assert "(here: main)" in text


def test_drawer_that_is_not_there_is_one_line(shop: Shop) -> None:
    one_line(shop.book("drawer", "box-9"), 1, "no cash drawer 'box-9'")


# --- changing -------------------------------------------------------------------------------------------------------


def test_a_drawer_is_added_changed_and_removed_and_each_is_announced(shop: Shop) -> None:
    added = shop.book("drawers", "add", "box-3", "--name", "Третя", "--float", "250", apart=True)
    store = shop.sandbox.ready["store_id"]
    assert added.out.splitlines() == [
        f"will add drawer box-3 ('Третя', integrated, default float 250.00 UAH) to store {store}",
        "done",
    ]
    assert (shop.drawer("box-3")["float"], shop.drawer("box-3")["currency"]) == (250, "UAH")
    updated = shop.book("drawers", "update", "box-3", "--float", "49.99")
    assert updated.out.splitlines()[-1] == "done"
    assert (shop.drawer("box-3")["name"], shop.drawer("box-3")["float"]) == ("Третя", 49.99)
    removed = shop.facts("drawers", "remove", "box-3")
    assert removed == [{"will": "decommission drawer box-3"}, {"done": "decommission drawer box-3"}]
    assert shop.drawer("box-3")["decommissioned"] is True


def test_a_second_till_may_have_a_drawer_of_another_currency(shop: Shop) -> None:
    added = shop.book("drawers", "add", "euro", "--name", "Euro", "--float", "300", "--currency", "EUR")
    assert "300.00 EUR" in added.out
    assert shop.drawer("euro")["currency"] == "EUR"
    assert shop.book("drawers", "remove", "euro").code == 0


def test_config_is_changed_by_what_is_named(shop: Shop) -> None:
    off = shop.book("config", "--cash-management", "off")
    assert off.out.splitlines()[0].endswith("integrated drawers, cash management off")
    assert shop.facts("config")[0]["cash_management"] is False
    one_line(shop.book("check"), 1, "switched off")
    assert shop.book("config", "--cash-management", "on").code == 0
    assert shop.facts("config")[0] == {"type": "integrated", "cash_management": True}


def test_what_is_refused_says_that_nothing_was_done(shop: Shop) -> None:
    one_line(
        shop.book("drawers", "add", "box-2", "--name", "x", "--float", "1"), 1, "409 conflict", "nothing was done", "is"
    )
    one_line(shop.book("drawers", "remove", "box-9"), 1, "404", "nothing was done")
    one_line(shop.book("drawers", "update", "box-9", "--name", "x"), 1, "no cash drawer 'box-9'")


def test_a_lost_answer_says_that_it_may_have_been_done(shop: Shop) -> None:
    shop.sandbox.fault("lost-answer", operation="add_drawer", count=1)
    found = shop.book("drawers", "add", "lost-1", "--name", "x", "--float", "1")
    one_line(found, 1, "it may have been done", "look with `firmware-bridge book drawers")
    assert found.out.startswith("will add drawer lost-1")
    assert "done" not in found.out.splitlines()
    assert shop.drawer("lost-1")["name"] == "x"
    assert shop.book("drawers", "remove", "lost-1").code == 0


def test_a_vendor_that_is_not_there_is_one_line(shop: Shop) -> None:
    base = str(shop.sandbox.ready["base_url"])
    other = shop.spoilt("nowhere.toml", f'base_url = "{base}"', 'base_url = "http://127.0.0.1:9"')
    one_line(shop.book("check", config=other), 1, "could not be reached", "nothing was changed")
    one_line(shop.book("drawers", "remove", "box-2", config=other), 1, "nothing was done")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sell",), "sell"),
        (("drawer",), "DRAWER"),
        (("drawers", "add", "x"), "--name"),
        (("drawers", "update", "x"), "--name or --float"),
        (("drawers", "add", "x", "--name", "y", "--float", "1.999"), "no amount in UAH"),
        (("config", "--type", "wooden"), "wooden"),
        (("transactions",), "--from"),
        (("transactions", *ALWAYS, "--type", "gift"), "'gift' is none of sale, "),
        (("transactions", "--from", "2026-02-01", "--to", "2026-01-31"), "is not before"),
        (("transactions", "--from", "soon", "--to", "2026-01-31"), "'soon' is no date"),
        (("reconcile", "--from", "2026-01-31"), "--from and --to belong together"),
        (("reconcile", "--day", "d", *ALWAYS), "--day stands alone"),
        (("reconcile", "--drawer", "box-1"), "only main"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str, shop: Shop) -> None:
    before = shop.sandbox.books()["drawers"]
    one_line(shop.book(*words), 2, said)
    assert shop.sandbox.books()["drawers"] == before


def test_config_may_not_be_left_out() -> None:
    one_line(typed("book", "drawers"), 2, "--config")
    one_line(typed("book", "check"), 2, "--config")


def test_a_till_without_a_cash_book_has_nothing_to_look_at(tmp_path: Path) -> None:
    one_line(typed("book", "check", "--config", write_config(tmp_path).config), 2, "no [book.newstore]")


def test_a_till_that_never_sold_has_nothing_to_compare(shop: Shop) -> None:
    one_line(shop.book("reconcile"), 1, "journal", "cannot be read")


# --- a till's day ---------------------------------------------------------------------------------------------------


@contextmanager
def selling(shop: Shop) -> Iterator[Desk]:
    at = write_config(shop.folder / "till", None, NewStore.of(shop.sandbox.ready, shop.folder / "till", "box-1"))
    shop.config = at.config
    with Bench(at.pty, QUICK) as bench, TillProcess(at) as till:
        yield Desk(at, bench, till, Cashier(till, at.token))


def _a_day(desk: Desk) -> None:
    """A float of 500.00, three sales of 10.00, a cash move and a count; then all is counted and closed."""
    desk.open_shift(50_000)
    for _ in range(3):
        desk.post("/v1/sales", sale(desk.new_id("sale"), order_id="A-7"))
        desk.drawer_shut()
    desk.post("/v1/cash", {"id": desk.new_id("move"), "type": "cash_pull", "amount": 1_500, "reason": "bank"})
    desk.drawer_shut()
    _count(desk, "intra_day_balance", 51_400)
    _count(desk, "end_of_day_balance", 51_500)
    desk.post("/v1/shifts/current/close", {"id": desk.new_id("close")})


def _count(desk: Desk, reason: str, found: int) -> None:
    name = desk.new_id("count")
    desk.post("/v1/counts", {"id": name, "reason": reason})
    desk.call("PUT", f"/v1/counts/{name}", {"id": f"{name}-a", "counted": found})
    desk.post(f"/v1/counts/{name}/submit", {"id": f"{name}-b"})


def _as_the_gateway_compares(path: Path, day: str) -> BooksCompared:
    """Over the service that the book is told by, which first makes sure that NewStore fits this till."""
    loaded = config.load(path)
    _, service = build.build(loaded, SystemClock(), "0", lambda _: None)

    async def compare() -> BooksCompared:
        try:
            with journal_look.look(loaded.journal.path) as journal:
                return await comparer(loaded, service, journal, SystemClock().utc_ms).compare("main", day)
        finally:
            await service.close()

    return asyncio.run(compare())


def test_a_day_that_was_sold_is_the_same_in_both_books(tmp_path: Path) -> None:
    (tmp_path / "till").mkdir()
    with a_shop(tmp_path) as shop, selling(shop) as desk:
        _a_day(desk)
        until(lambda: not shop.facts("reconcile")[0]["pending"], "the day to be delivered")
        (found,) = shop.facts("reconcile")
        sums = {one["what"]: (one["till"], one["book"]) for one in found["sums"]}
        assert (found["drawer"], found["book_drawer"], found["reported"]) == ("main", "box-1", True)
        assert (found["transactions"], found["agree"], found["differences"], found["pending"]) == (4, 4, [], [])
        assert sums["sales"] == (3_000, 3_000)
        assert sums["cash_pull"] == (-1_500, -1_500)
        assert sums["expected cash"] == (51_500, 51_500)
        assert sums["variance of counts"] == (-100, -100)
        assert sums["end-of-day count"] == (51_500, 51_500)
        told = _as_the_gateway_compares(shop.config, found["day"])
        assert told == BooksCompared("newstore", f"main/{found['day']}", 4, 0)
        text = shop.book("reconcile", apart=True)
        assert (text.code, text.err) == (0, "")
        assert "4 of 4 transactions agree" in text.out
        (report,) = shop.facts("reports", "main")
        assert (report["float"], report["sales"], report["end_of_day_count"]) == (50_000, 3_000, 51_500)
        assert "sales 30.00" in shop.book("reports", "box-1").out
        rows = shop.facts("transactions", *ALWAYS, "--type", "sale")
        assert [(row["amount"], row["order"], row["drawer"]) for row in rows] == [(1_000, "A-7", "box-1")] * 3
        assert "10.00 UAH" in shop.book("transactions", *ALWAYS).out


def test_a_strangers_sale_in_a_day_that_runs_is_named_and_fails(tmp_path: Path) -> None:
    (tmp_path / "till").mkdir()
    with a_shop(tmp_path) as shop, selling(shop) as desk:
        desk.open_shift(50_000)
        desk.post("/v1/sales", sale(desk.new_id("sale")))
        desk.drawer_shut()
        until(lambda: shop.statuses() == ["completed"], "the sale to be delivered")
        day = {"value": 42, "currency": "UAH"}
        path = "/cash_drawers/box-1/transactions"
        made = shop.by_hand("POST", path, {"order_id": "X-1", "amount": day, "given": day})["transaction_id"]
        shop.by_hand("PATCH", f"{path}/{made}", {"status": "completed"})
        one_line(shop.book("reconcile"), 1, "no such day")
        found = shop.book("reconcile", *ALWAYS)
        one_line(found, 1, "1 difference in the day", "over 42.00 in NewStore that is not ours: sale of order X-1")
        assert "DIFFERENT" in found.out
        assert "not closed in NewStore" in found.out
