"""A simulated fiscal printer that outlives its process: what it kept, and that nothing else is ever read back."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.printers.datecs.simulator import SimulatedRegister
from firmware_bridge.device_memory import RememberingRegister
from firmware_bridge.played_devices import Device
from tests.drivers.printers.datecs.host import Host, coffee

ALL = pytest.mark.parametrize("name", ["bg", "c", "ua", "mk", "sy55", "x"])


def again(host: Host, **arguments: object) -> Host:
    """The same device in another process, an hour later."""
    arguments = {"now": host.device.now + 3600, **arguments}
    other = Host(host.dialect.name, memory=host.device.memory, **arguments)
    other.seq = host.seq + 1
    return other


@ALL
def test_fiscal_memory_journal_cash_and_paper_outlive_the_process(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell()
    host.pass_time(10)
    other = again(host)
    before, after = host.device.books, other.device.books
    assert (after.fiscal, after.journal, after.cash, after.document) == (
        before.fiscal,
        before.journal,
        before.cash,
        before.document,
    )
    assert other.device.paper_text() == host.device.paper_text()
    assert [paper.complete for paper in after.papers] == [True]
    other.sell()
    assert len(other.device.books.fiscal) == 2
    assert other.device.books.fiscal[1].number == 2


@ALL
def test_a_receipt_that_was_open_is_open_still_and_can_be_gone_on_with(name: str) -> None:
    host = Host(name)
    host.program()
    host.sell(pay=False, close=False)
    other = again(host)
    assert other.device.books.open_receipt
    other.good(other.speak.sale(coffee()))
    other.good(other.speak.payment(other.dialect.payments["cash"], 1000))
    other.good(other.speak.close_sale())
    (one,) = other.device.books.fiscal
    assert len(one.lines) == 2


def test_lines_that_were_still_to_be_printed_come_out_behind_a_word_about_the_power() -> None:
    host = Host("bg", speed_lines_per_s=4.0)
    host.sell()
    assert not host.device.books.papers[0].complete
    other = again(host)
    other.pass_time(10)
    assert other.device.books.papers[0].complete
    assert "POWER DROP" in other.device.paper_text()


@pytest.mark.parametrize("keeps", [True, False])
def test_the_last_answer_is_kept_as_it_is_over_a_power_cut(*, keeps: bool) -> None:
    host = Host("bg", keeps_last_answer=keeps)
    order = host.speak.move_cash(500)
    host.good(order)
    other = again(host, keeps_last_answer=keeps)
    other.seq = host.seq
    other.order(order, again=True)
    assert other.device.books.cash == (500 if keeps else 1000)


def test_memory_of_another_model_is_refused() -> None:
    with pytest.raises(ValueError, match="bg"):
        SimulatedRegister("x", memory=Host("bg").device.memory)


class Evil:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (print, ("never",))


@pytest.mark.parametrize("data", [b"", b"\x80", b"no memory", pickle.dumps({"a": 1}), pickle.dumps(Evil())])
def test_what_is_no_memory_is_refused_and_nothing_of_it_is_run(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no memory"):
        SimulatedRegister("bg", memory=data)
    assert capsys.readouterr().out == ""


def test_a_document_is_in_the_file_before_the_answer_to_it_leaves(tmp_path: Path) -> None:
    host = Host("bg")
    file = tmp_path / "memory"
    kept = RememberingRegister(host.device, file)
    order = replace(host.speak.move_cash(700))
    kept.accept(host.frame(order))
    while not (answer := kept.output().strip(b"\x16")):
        kept.run_until(kept.next_change() or 0.0)
    assert answer
    assert SimulatedRegister("bg", memory=file.read_bytes()).books.cash == 700


def test_how_many_z_reports_still_fit_is_told(tmp_path: Path) -> None:
    for name in ("bg", "x"):
        host = Host(name, closures_left=7)
        assert host.speak.left(host.good(host.speak.closures_left())) == 7
        host.good(host.speak.z_report(host.operator))
        assert host.speak.left(host.good(host.speak.closures_left())) == 6


def test_the_journal_of_an_x_device_tells_kinds_as_its_manual_numbers_them() -> None:
    host = Host("x")
    host.good(host.speak.move_cash(100_000))
    host.sell()
    host.sell(pay=False, close=False)
    host.good(host.speak.cancels()[0])
    for order in (host.speak.open_nonfiscal(), host.speak.close_nonfiscal()):
        host.good(order)
    host.good(host.speak.x_report(host.operator))
    host.good(host.speak.z_report(host.operator))
    heads = [host.speak.journal_head(host.good(host.speak.journal(number))) for number in range(1, 7)]
    assert [head.kind for head in heads] == ["5", "1", "8", "4", "9", "2"]


def test_device_sim_goes_on_as_the_device_that_was_killed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    options = ["--dialect", "mk", "--state", str(state)]
    with Device("datecs", tmp_path / "one", options) as device:
        assert device.do("books")["document"] == 0
    assert state.stat().st_size > 100
    with Device("datecs", tmp_path / "two", options) as device:
        assert device.do("status")["dialect"] == "mk"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["escpos", "--state", "x"], "--state belongs to the kinds datecs and datecs-x"),
        (["datecs", "--dialect", "ua", "--state", "STATE"], "no memory of a simulated ua device"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(
    tmp_path: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from firmware_bridge.cli import main

    state = tmp_path / "state"
    state.write_bytes(Host("bg").device.memory)
    chosen = [str(state) if word == "STATE" else word for word in words]
    assert main(["device-sim", *chosen, "--pty", str(tmp_path / "pty")]) == 2
    assert told in capsys.readouterr().err
