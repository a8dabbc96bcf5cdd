"""`sandbox` and `simulate` as a user runs them: real processes, plain HTTP, signals."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from firmware_bridge.demo_customers import Asked
from firmware_bridge.demo_evening import Books, OnPaper, count
from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import Checkbox, Rehearsal, write_config
from firmware_bridge.sandbox_command import SandboxProcess
from tests.support.processes import MODULE, Json, command, line, processes_with, running, sale, until

ASKS = ("login", "password", "pin_code", "license_key", "access_key")
CLIENT = {"X-Client-Name": "test", "X-Client-Version": "1", "Content-Type": "application/json"}


def call(ready: Json, method: str, path: str, body: Json | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(ready["base_url"]).netloc, timeout=10)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, CLIENT | {name.replace("_", "-"): to for name, to in headers.items()})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def sign_in(ready: Json) -> int:
    known = {"login": ready["login"], "password": ready["password"]}
    return call(ready, "POST", "/api/v1/cashier/signin", known, X_Access_Key=ready["access_key"])[0]


# --- sandbox --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_sandbox_says_what_a_client_needs_and_serves_until_it_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    with running(*MODULE, "sandbox", "checkbox", errors=tmp_path / "said") as found:
        assert found.ready.keys() == {"base_url", *ASKS}
        assert all(found.ready[name] for name in ASKS)
        assert urlsplit(found.ready["base_url"]).hostname == "127.0.0.1"
        assert sign_in(found.ready) == 200
        status, books = call(found.ready, "GET", "/_books")
        assert (status, books["profile"], books["is_test"], books["receipts"]) == (200, "current", True, [])
        found.process.send_signal(number)
        assert found.process.wait(timeout=10) == 0
    assert (tmp_path / "said").read_text("utf-8") == ""


def test_a_sandbox_has_the_port_the_interface_and_the_faults_that_were_asked_for(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    words = ("sandbox", "checkbox", "--port", port, "--profile", "seed", "--live", "--fault", "maintenance:1")
    with running(*MODULE, *words, errors=tmp_path / "said") as found:
        assert found.ready["base_url"].endswith(f":{port}")
        _, books = call(found.ready, "GET", "/_books")
        assert (books["profile"], books["is_test"]) == ("seed", False)
        assert sign_in(found.ready) == 503
        assert sign_in(found.ready) == 200


def test_a_cash_book_has_the_drawers_that_were_asked_for() -> None:
    words = ("--currency", "UAH", "--drawer", "front:1000.50", "--drawer", "bar", "--fault", "down:1")
    with SandboxProcess("newstore", *words) as sandbox:
        found = [(one["cash_drawer_id"], one["currency"], one["float"]) for one in sandbox.books()["drawers"]]
        assert found == [("front", "UAH", 1000.5), ("bar", "UAH", 200)]
        assert [(one["name"], one["count"]) for one in sandbox.books()["faults"]] == [("not-reached", 1)]
        sandbox.fault("down", count=0)
        assert sandbox.books()["faults"] == []
        assert processes_with(sandbox.ready["client_secret"]) == []


def test_a_fault_can_be_set_while_it_serves(tmp_path: Path) -> None:
    with running(*MODULE, "sandbox", "checkbox", errors=tmp_path / "said") as found:
        status, answer = call(found.ready, "POST", "/_fault", {"name": "maintenance", "count": 1})
        assert (status, [one["name"] for one in answer["set"]]) == (200, ["maintenance"])
        assert [sign_in(found.ready), sign_in(found.ready)] == [503, 200]
        assert call(found.ready, "POST", "/_fault", {"name": "fire"})[0] == 400


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fiddlesticks",), "only of checkbox"),
        (("checkbox", "--fault", "fire"), "lost-answer"),
        (("checkbox", "--fault", "slow:often"), "slow:often"),
        (("checkbox", "--fault", "slow:0"), "slow:0"),
        (("checkbox", "--port", "65536"), "65536"),
        (("checkbox", "--profile", "future"), "future"),
        (("checkbox", "--drawer", "main"), "no drawers"),
        (("newstore", "--drawer", "main:much"), "NAME:FLOAT"),
        (("newstore", "--currency", "hryvnia"), "hryvnia"),
        ((), "VENDOR"),
        (("checkbox", "--while-stdin"), "stdin"),
    ],
)
def test_wrong_use_of_a_sandbox_is_one_line_and_exit_code_2(words: tuple[str, ...], said: str) -> None:
    found = command("sandbox", *words)
    assert (found.code, found.out) == (2, "")
    assert found.err.count("\n") == 1
    assert found.err.startswith("firmware-bridge: ")
    assert said in found.err


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = command("sandbox", "checkbox", "--port", str(taken.getsockname()[1]))
    assert (found.code, found.out) == (1, "")
    assert found.err.count("\n") == 1
    assert "in use" in found.err


def test_a_started_sandbox_ends_with_the_one_who_started_it() -> None:
    with SandboxProcess("checkbox", "--port", "0") as sandbox:
        port = urlsplit(sandbox.ready["base_url"]).port or 0
        sandbox.fault("maintenance", count=1)
        assert sandbox.books()["faults"] == [
            {"name": "maintenance", "count": 1, "path": "", "delay_s": 2.0, "message": ""}
        ]
        with pytest.raises(UserError, match="refuses POST /_fault"):
            sandbox.fault("fire")
        for name in ASKS:
            assert processes_with(sandbox.ready[name]) == []
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with pytest.raises(UserError, match="does not answer"):
        sandbox.books()


def test_a_sandbox_that_does_not_start_is_said_so(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="did not start"):
        SandboxProcess("checkbox", "--fault", "fire")
    assert "lost-answer" in capfd.readouterr().err


# --- its books, as the evening of a demo day reads them ---------------------------------------------------------------


def test_a_second_receipt_for_one_sale_is_seen_in_the_books() -> None:
    """Control: a till that registers a sale again under another id, because the answer to the first was lost."""
    asked = Asked("sale-1", "sale", {}, number="000001", state="paper_out", total=4100)
    with SandboxProcess("checkbox") as sandbox:
        client = sign_in_as_a_till(sandbox.ready)
        open_shift(sandbox, client)
        asked.fiscal = register(sandbox, client, "sale-1")
        paper = [OnPaper(asked.fiscal, "fiscal", 1, 0)]
        once = count([asked], paper, Books.of(sandbox.books()))
        assert (once.fiscalised, once.duplicated, once.lost, once.wrong_sums) == (1, 0, 0, 0)
        register(sandbox, client, "sale-1")
        twice = count([asked], paper, Books.of(sandbox.books()))
        assert (twice.fiscalised, twice.duplicated, twice.lost) == (1, 1, 0)
        assert twice.cash_of_register == 2 * 4100


def sign_in_as_a_till(ready: Json) -> dict[str, str]:
    """The headers of a client that has signed in."""
    known = {"login": ready["login"], "password": ready["password"]}
    status, answer = call(ready, "POST", "/api/v1/cashier/signin", known)
    assert status == 200
    return {"Authorization": f"Bearer {answer['access_token']}", "X_License_Key": ready["license_key"]}


def open_shift(sandbox: SandboxProcess, client: dict[str, str]) -> None:
    status, answer = call(sandbox.ready, "POST", "/api/v1/shifts", {}, **client)
    assert status in (200, 201, 202), answer
    until(lambda: sandbox.books()["shifts"][0]["status"] == "OPENED", "the vendor to open the shift")


def register(sandbox: SandboxProcess, client: dict[str, str], sale_id: str) -> str:
    """Register a sale of one loaf under a new id; its fiscal number."""
    good = {"code": "1", "name": "Хліб", "price": 4100, "tax": [1]}
    wanted = {
        "id": str(uuid.uuid4()),
        "goods": [{"good": good, "quantity": 1000, "is_return": False}],
        "payments": [{"type": "CASH", "value": 4100, "label": "Готівка"}],
        "context": {"sale_id": sale_id},
    }
    status, answer = call(sandbox.ready, "POST", "/api/v1/receipts/sell", wanted, **client)
    assert status == 201, answer

    def number() -> str:
        rows = sandbox.books()["receipts"]
        return next(str(row["fiscal_code"] or "") for row in rows if row["id"] == wanted["id"])

    return until(number, "the tax service to answer")


# --- simulate -------------------------------------------------------------------------------------------------------


def real_register(folder: Path, api: str = "current") -> Rehearsal:
    """The config of a till whose register is a real one, at an address that must never be called."""
    keys = {"login": "cashier", "password": "x" * 9, "license_key": "real", "access_key": "real too"}
    known = {"base_url": "https://register.invalid", **keys}
    return write_config(folder, Checkbox.of(known, api, folder))


@pytest.mark.parametrize("api", ["current", "seed"])
def test_simulate_plays_the_register_of_the_config_too(tmp_path: Path, api: str) -> None:
    rehearsal = real_register(tmp_path, api)
    before = rehearsal.config.read_bytes()
    with running(*MODULE, "simulate", "--config", rehearsal.config, errors=tmp_path / "said") as found:
        till = f"http://{found.ready['listen']}"
        sold = sell_one(till, rehearsal)
        _, books = call({"base_url": found.ready["checkbox"]}, "GET", "/_books")
        assert [(row["context"]["sale_id"], row["status"]) for row in books["receipts"]] == [("sale-1", "DONE")]
        assert books["receipts"][0]["fiscal_code"] == sold["fiscal"]["number"]
        assert (books["profile"], books["is_test"], books["balance"]) == (api, True, 51_000)
        found.process.send_signal(signal.SIGTERM)
        assert found.process.wait(timeout=20) == 0
    assert not Path(found.ready["printer"]).exists()
    assert processes_with(found.ready["checkbox"]) == []
    assert rehearsal.config.read_bytes() == before
    with pytest.raises(ConnectionRefusedError):
        call({"base_url": found.ready["checkbox"]}, "GET", "/_books")


def sell_one(till: str, rehearsal: Rehearsal) -> Json:
    token = f"Bearer {rehearsal.token}"

    def can_sell() -> bool:
        return bool(
            call({"base_url": till}, "GET", "/v1/status", Authorization=token)[1]["printer"]["state"] == "ready"
        )

    until(can_sell, "the printer to answer")
    shift = {"id": "shift-1", "float_amount": 50_000}
    status, answer = call({"base_url": till}, "POST", "/v1/shifts", shift, Authorization=token)
    assert status == 201, answer
    status, answer = call({"base_url": till}, "POST", "/v1/sales", sale("sale-1", line()), Authorization=token)
    assert status == 201, answer
    found: Json = answer
    return found


def test_simulate_keeps_the_sandbox_and_its_keys_off_every_command_line(tmp_path: Path) -> None:
    rehearsal = real_register(tmp_path)
    words = (*MODULE, "simulate", "--config", rehearsal.config)
    with running(*words, errors=tmp_path / "said") as found:
        assert [entry for entry in processes_with("sandbox checkbox") if "--while-stdin" in entry]
        assert "register.invalid" not in json.dumps(found.ready)
    said = (tmp_path / "said").read_text("utf-8")
    assert "register.invalid" not in said


def test_without_a_printer_there_is_nothing_to_simulate(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    text = rehearsal.config.read_text("utf-8")
    begin, end = text.index("[printer]"), text.index("[drawers.main]")
    rehearsal.config.write_text(text[:begin] + text[text.index("[api]") :], "utf-8")
    assert begin < end
    words = [*MODULE, "simulate", "--config", str(rehearsal.config)]
    found = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 1
    assert "[printer]" in found.stderr
