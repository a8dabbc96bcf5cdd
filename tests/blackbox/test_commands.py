"""The command line: exit codes, and one clear line for every wrong use."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from firmware_bridge.errors import UserError
from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess, write_config
from tests.support.processes import SCRIPT, desk, processes_with


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **more}
    command = [str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)


def one_line(found: subprocess.CompletedProcess[str]) -> str:
    assert found.stderr.count("\n") == 1, found.stderr
    assert found.stderr.startswith("firmware-bridge: ")
    assert "Traceback" not in found.stderr
    return found.stderr


def changed(rehearsal: Rehearsal, before: str, after: str) -> Path:
    text = rehearsal.config.read_text(encoding="utf-8")
    assert before in text
    path = rehearsal.folder / "changed.toml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sell"],
        ["run"],
        ["run", "--config"],
        ["journal"],
        ["journal", "verify"],
        ["journal", "tail", "somewhere", "-n", "-3"],
        ["demo", "--seed", "x"],
        ["demo", "--fault", "fire"],
        ["device-sim", "escpos"],
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(arguments: list[str]) -> None:
    found = run(*arguments)
    assert found.returncode == 2
    assert "--help" in one_line(found)


@pytest.mark.parametrize("part", ["verify", "tail", "stats", "export"])
@pytest.mark.parametrize(("made", "said"), [(False, "No such file"), (True, "empty")])
def test_a_journal_that_is_none_is_one_line(tmp_path: Path, part: str, *, made: bool, said: str) -> None:
    path = tmp_path / "journal.sqlite"
    if made:
        path.touch()
    found = run("journal", part, str(path))
    assert found.returncode == 1
    assert said in one_line(found)
    assert [file.name for file in tmp_path.iterdir()] == ["journal.sqlite"] * made


def test_output_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [str(SCRIPT), "check-config", str(write_config(tmp_path).config)]
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert found.returncode == 1
    assert "No space left" in found.stderr.splitlines()[-1]
    assert "Traceback" not in found.stderr


def test_a_demo_that_has_no_place_for_its_journal_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = run("demo", "--keep", str(tmp_path / "file" / "day"))
    assert found.returncode == 1
    assert "--keep" in one_line(found)
    (tmp_path / "journal.sqlite").touch()
    found = run("demo", "--keep", str(tmp_path))
    assert found.returncode == 1
    assert "holds a journal already" in one_line(found)
    assert (tmp_path / "journal.sqlite").read_bytes() == b""


def test_the_version_is_told() -> None:
    found = run("--version")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.strip().count(".") == 2


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("columns = 42", "colums = 42", "printer.colums"),
        ('market = "UA"', 'market = "ua"', "till.market"),
        ('mode = "round50"', 'mode = "up"', "rounding.mode"),
        ('zone = "Europe/Kyiv"', 'zone = "Europe/Atlantis"', "till.zone"),
        ("rate = 2000", "rate = 20000", "taxes.vat20.taxes[0].rate"),
        ('listen = "127.0.0.1:0"', 'listen = "0.0.0.0:8321"', "api.listen"),
        ("[rounding]", "[roundings]", "roundings"),
        ("[till]", "[till", "TOML"),
        ("serial:", "parallel:", "printer.port"),
        ("serial:", "usb:", "printer.port"),
        ('/printer"', '/printer?speed=9600"', "baud, flow"),
        ('/printer"', '/printer?baud=9601"', "9600"),
    ],
)
def test_a_config_that_cannot_be_used_names_the_place(tmp_path: Path, before: str, after: str, named: str) -> None:
    path = changed(write_config(tmp_path), before, after)
    for arguments in (["check-config", str(path)], ["run", "--config", str(path)]):
        found = run(*arguments)
        assert found.returncode == 2
        assert named in one_line(found)
    assert not (tmp_path / "journal.sqlite").exists()


def test_a_config_that_is_missing_is_one_line(tmp_path: Path) -> None:
    found = run("check-config", str(tmp_path / "none.toml"))
    assert found.returncode == 2
    assert "none.toml" in one_line(found)


def test_a_good_config_with_its_printer_unplugged_can_be_used_and_says_so(tmp_path: Path) -> None:
    found = run("check-config", str(write_config(tmp_path).config))
    assert found.returncode == 0
    assert "a device is missing" in found.stdout
    assert "printer.port" in one_line(found)


def test_a_till_without_its_printer_starts_and_says_what_to_do(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    with TillProcess(rehearsal) as till:
        status = Cashier(till, rehearsal.token).get("/v1/status")
    assert status["can_sell"] is False
    assert status["printer"]["state"] in ("unknown", "silent")
    assert "cable" in " ".join(reason["text"] for reason in status["reasons"]) + str(status["printer"]["advice"])


def test_a_second_till_on_the_same_journal_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with desk(tmp_path) as place:
        found = run("run", "--config", str(place.at.config))
        assert found.returncode == 1
        assert "in use by another process" in one_line(found)
        assert place.cashier.get("/v1/status")["can_sell"] is True


def test_a_journal_of_another_till_is_refused(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    with TillProcess(rehearsal):
        pass
    found = run("run", "--config", str(changed(rehearsal, 'id = "1"', 'id = "2"')))
    assert found.returncode == 1
    assert "journal.sqlite" in one_line(found)


def test_a_port_that_is_taken_is_one_sentence_and_nothing_is_left_running(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = changed(write_config(tmp_path), '"127.0.0.1:0"', f'"127.0.0.1:{port}"')
        found = run("run", "--config", str(path))
    assert found.returncode == 1
    assert str(port) in found.stderr.splitlines()[-1]
    assert "Traceback" not in found.stderr
    assert processes_with(str(path)) == []


def test_sigterm_ends_the_till_in_order(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    till = TillProcess(rehearsal)
    assert till.stop() == 0
    till.start()
    assert till.stop() == 0
    assert processes_with(str(rehearsal.config)) == []
    with (tmp_path / "journal.sqlite.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert run("journal", "verify", str(rehearsal.journal)).returncode == 0


def test_the_token_stands_nowhere_but_with_the_client(tmp_path: Path) -> None:
    with desk(tmp_path) as place:
        token = place.at.token
        place.cashier.get("/v1/status")
        place.call("GET", "/v1/status", headers={"Authorization": f"Bearer {token}x"})
        assert processes_with(str(place.at.config)) != []
        assert processes_with(token) == []
    for path in tmp_path.iterdir():
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path.name


def test_simulate_is_the_same_till_with_its_printer_simulated(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    command = [str(SCRIPT), "simulate", "--config", str(rehearsal.config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert Path(ready["printer"]).exists()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert not Path(ready["printer"]).exists()


def test_a_till_that_does_not_start_tells_a_rehearsal_why(tmp_path: Path) -> None:
    rehearsal = write_config(tmp_path)
    changed(rehearsal, "columns = 42", "columns = 7").replace(rehearsal.config)
    with pytest.raises(UserError, match=r"printer\.columns"):
        TillProcess(rehearsal)
    assert processes_with(str(rehearsal.config)) == []


def test_tail_stats_and_export_read_a_journal(tmp_path: Path) -> None:
    with desk(tmp_path) as place:
        path = str(tmp_path / "journal.sqlite")
        lines = run("journal", "export", path, "--json").stdout.splitlines()
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
        assert "ShiftOpened" in run("journal", "tail", path, "-n", "50").stdout
        assert json.loads(run("journal", "stats", path, "--json").stdout)["till_id"] == "1"
        assert place.cashier.get("/v1/status")["can_sell"] is True
