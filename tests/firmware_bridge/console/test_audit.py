"""What people did at the console until the till has it: whatever is killed when, once each and in order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.console import audit
from firmware_bridge.console.audit import Audit, Json, NotNow
from firmware_bridge.logs import Redactor

SECRET = "a-secret-of-this-till"


class Killed(BaseException):
    """The process ends here: nothing after this is carried out."""


class Steps:
    """Counts everything that reaches the disk or the till, and ends the process before step number `kill`."""

    def __init__(self, kill: int = 0) -> None:
        self.kill = kill
        self.count = 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.kill:
            raise Killed


class Till:
    """Journals acts, once for each id. `forgets`: it has no memory for ids; `hasty`: it says yes before it writes."""

    def __init__(self, steps: Steps, *, forgets: bool = False, hasty: bool = False) -> None:
        self.journal: list[Json] = []
        self.steps = steps
        self._forgets = forgets
        self._hasty = hasty
        self._unwritten: list[Json] = []

    def killed(self) -> None:
        """What was not written is gone."""
        self._unwritten = []

    def tell(self, acts: Sequence[Json]) -> int:
        self.steps.step()
        for act in [*self._unwritten, *acts]:
            if self._forgets or act["id"] not in [one["id"] for one in self.journal]:
                self.journal.append(act)
        self._unwritten = []
        if self._hasty and acts:
            self._unwritten = [self.journal.pop()]
        self.steps.step()  # written, and the answer is on its way
        return len(acts)


def spool(folder: Path) -> Audit:
    redactor = Redactor()
    redactor.add(SECRET)
    return Audit(folder / "acts", lambda: 1_800_000_000_000, redactor)


def watched(patch: pytest.MonkeyPatch, steps: Steps) -> None:
    """Every call that changes the disk is a step; a write that is cut off leaves its first half."""

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*arguments: Any, **more: Any) -> Any:
            steps.step()
            return call(*arguments, **more)

        return stepped

    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        try:
            steps.step()
        except Killed:
            real(descriptor, data[: len(data) // 2])
            raise
        return real(descriptor, data)

    for name in ("replace", "open"):
        patch.setattr(os, name, before(getattr(os, name)))
    patch.setattr(os, "fsync", lambda _: steps.step())  # killed is the process, not the machine
    patch.setattr(os, "write", write)


def evening(folder: Path, till: Till, done: list[str]) -> None:
    """A few acts, told in between; `done`: those whose writing has returned."""
    for number in range(4):
        spool(folder).note("CommandDone", "serial", "olena", command=f"set x {number}", result="done")
        done.append(f"set x {number}")
        if number != 1:
            spool(folder).hand_over(till.tell)


def journalled_after_a_kill_at(step: int, folder: Path, **kind: bool) -> tuple[list[str], list[str], bool]:
    """What was certainly written before the kill, what the journal holds in the end, and whether there was a kill."""
    steps, done = Steps(step), list[str]()
    till = Till(steps, **kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "ASIDE_BYTES", 150)
        try:
            watched(patch, steps)
            evening(folder, till, done)
        except Killed:
            till.killed()
        killed, till.steps = step <= steps.count, Steps()
        patch.undo()
        again = spool(folder)
        again.note("SignedOut", "serial", "olena")
        again.hand_over(till.tell)
        assert again.pending() == []
    return done, [str(act.get("command", act["what"])) for act in till.journal], killed


def lost_or_doubled(folder: Path, **kind: bool) -> tuple[set[str], set[str], int]:
    """Over a kill at every step: what was lost, what stands there twice, and how many steps there are."""
    lost, doubled = set[str](), set[str]()
    for step in range(1, 500):
        place = folder / str(step)
        place.mkdir()
        done, found, killed = journalled_after_a_kill_at(step, place, **kind)
        lost |= {*done, "SignedOut"} - {*found}
        doubled |= {act for act in found if found.count(act) > 1}
        kept = [act for act in found if act in done]
        if not lost and not doubled:
            assert kept == done, (step, "in order")
        if not killed or (kind and lost | doubled):
            return lost, doubled, step - 1
    raise AssertionError("it never came to an end")


def test_a_kill_at_any_step_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    lost, doubled, steps = lost_or_doubled(tmp_path)
    assert (lost, doubled) == (set(), set())
    assert steps > 60, "it was killed at each of them"


def test_the_same_kills_find_a_till_that_does_not_know_its_ids(tmp_path: Path) -> None:
    _, doubled, _ = lost_or_doubled(tmp_path, forgets=True)
    assert doubled


def test_the_same_kills_find_a_till_that_says_yes_before_it_has_written(tmp_path: Path) -> None:
    lost, _, _ = lost_or_doubled(tmp_path, hasty=True)
    assert lost


# --- the file ---------------------------------------------------------------------------------------------------------


def test_what_waits_is_told_in_order_once_the_till_is_back_and_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ASIDE_BYTES", 25_000)
    acts, till = spool(tmp_path), Till(Steps())

    def dead(_: Sequence[Json]) -> int:
        raise NotNow

    for number in range(110):
        acts.note("CommandDone", "socket", "olena", command=f"set x {number}", result="done")
        if number % 50 == 0:
            with pytest.raises(NotNow):
                acts.hand_over(dead)
    assert len(acts.pending(1000)) == 110
    acts.hand_over(till.tell)
    assert [act["command"] for act in till.journal] == [f"set x {number}" for number in range(110)]
    assert not (tmp_path / "acts.1").exists(), "too small to be worth it"
    for number in range(50):
        acts.note("CommandDone", "socket", "olena", command=f"set {'y' * 200} {number}", result="done")
    acts.hand_over(till.tell)
    assert (tmp_path / "acts.1").stat().st_size > audit.ASIDE_BYTES
    assert not (tmp_path / "acts").exists()
    acts.note("SignedOut", "socket", "olena")
    acts.hand_over(till.tell)
    assert (len(till.journal), till.journal[-1]["what"]) == (161, "SignedOut")


def test_a_till_that_takes_a_few_at_a_time_is_told_the_rest(tmp_path: Path) -> None:
    acts, told = spool(tmp_path), list[str]()
    for number in range(9):
        acts.note("CommandDone", "socket", "olena", command=str(number), result="done")

    def slow(some: Sequence[Json]) -> int:
        told.extend(act["command"] for act in some[:2])
        return min(2, len(some))

    acts.hand_over(slow)
    assert told == [str(number) for number in range(9)]


def test_a_mark_that_is_damaged_or_lost_has_all_told_again(tmp_path: Path) -> None:
    acts, till = spool(tmp_path), Till(Steps())
    acts.note("SignedIn", "serial", "olena", means="pin")
    acts.hand_over(till.tell)
    (mark,) = tmp_path.glob("*.told")
    for text in ("", "{", '{"end": 3, "id": "x"}', '{"end": 99999, "id": "act-1"}', '{"end": -5, "id": 7}', "[]"):
        mark.write_text(text, "utf-8")
        assert len(acts.pending()) == 1, text
        acts.hand_over(till.tell)
        assert acts.pending() == []
    assert len(till.journal) == 1


def test_guesses_never_crowd_out_what_was_done_and_the_file_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_BYTES", 20_000)
    monkeypatch.setattr(audit, "ASIDE_BYTES", 5_000)
    acts, till = spool(tmp_path), Till(Steps())
    _until_full(lambda: acts.note("SignInRefused", "serial", "", means="pin"))
    assert 10_000 <= (tmp_path / "acts").stat().st_size < 10_400
    _until_full(lambda: acts.note("CommandDone", "serial", "olena", command="set x 1", result="done"))
    assert (tmp_path / "acts").stat().st_size < 20_400
    acts.hand_over(till.tell)
    acts.note("SignInRefused", "serial", "", means="pin")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 21_000


def _until_full(write: Callable[[], None]) -> None:
    said = ""
    for _ in range(1000):
        try:
            write()
        except OSError as error:
            said = str(error)
            break
    assert "too much waits" in said


def test_no_secret_and_nothing_a_terminal_obeys_is_written(tmp_path: Path) -> None:
    spool(tmp_path).note(
        "CommandDone", "serial", "olena\x1b[2J", command=f"set a {SECRET} 4111111111111111", result="done"
    )
    text = (tmp_path / "acts").read_text("utf-8")
    assert SECRET not in text
    assert "4111111111111111" not in text
    assert "\\u001b" not in text
    assert "<1B>" in text


def test_lines_of_an_earlier_release_are_told_once(tmp_path: Path) -> None:
    old = {"at": "2026-11-01T10:00:00.000+00:00", "channel": "serial", "person": "olena"}
    lines = [
        {**old, "what": "SignedIn"},
        {**old, "what": "Done", "command": "drawer open: main", "result": "done"},
        {**old, "what": "SignInRefused", "person": "271828"},
    ]
    (tmp_path / "acts").write_text("".join(json.dumps(line) + "\n" for line in [*lines, *lines]), "utf-8")
    acts, till = spool(tmp_path), Till(Steps())
    acts.hand_over(till.tell)
    assert [act["what"] for act in till.journal] == ["SignedIn", "CommandDone", "SignInRefused"] * 2
    assert till.journal[0]["at"] == "2026-11-01T10:00:00.000Z"
    assert "271828" not in json.dumps(till.journal), "who typed a PIN for a name"
    (next(tmp_path.glob("*.told"))).unlink()
    spool(tmp_path).hand_over(till.tell)
    assert len(till.journal) == 6
