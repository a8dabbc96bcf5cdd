"""What people did at a console, with console and till killed at any moment: once each, in order. `make cuts`.

A minute and a half, of which a core is busy for twenty seconds. SEED replays which of both is killed at which command,
and how long after it was typed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from pathlib import Path

import pytest

from firmware_bridge.journal import browse
from tests.firmware_bridge.console.desk import ConsoleDesk, Seat, console_desk, seat

pytestmark = pytest.mark.campaign
ROUNDS, COMMANDS = 25, 6
LONGEST_S = 0.04
"""Of a kill after a command was typed: command, line in the file and the till's answer take about half of it."""


def test_kills_of_console_and_till_lose_no_act_and_double_none(tmp_path: Path, seed: int) -> None:
    chance, promised, kills = random.Random(seed), list[int](), {"console": 0, "till": 0}
    with console_desk(tmp_path) as desk:
        desk.service("start")
        for turn in range(ROUNDS):
            if chance.random() < 0.7:
                desk.service("start")
            with seat(desk.at.config) as person:
                person.sign_in()
                promised += _worked(desk, person, turn, chance, kills)
        desk.service("start")
        with seat(desk.at.config) as person:
            person.do("version")
            person.do("version")
        done = [one["fields"]["command"] for one in browse.tail(desk.at.journal, 10_000, names=("CommandDone",))]
    found = [int(command.rpartition("-")[2]) for command in done if "NUMBER-" in command]
    print(f"SEED={seed}: {kills}, {len(promised)} promised, {len(found)} found", file=sys.stderr)  # noqa: T201
    assert set(promised) - set(found) == set(), "lost"
    assert found == sorted(set(found)), "doubled, or out of order"
    assert min(kills.values()) > 3


def _worked(desk: ConsoleDesk, person: Seat, turn: int, chance: random.Random, kills: dict[str, int]) -> list[int]:
    """Type commands until the console is killed; which of them it has said to be through."""
    promised = []
    for number in range(turn * COMMANDS, (turn + 1) * COMMANDS):
        whom = chance.choice(("", "", "", "console", "till"))
        pid = {"console": person.pid, "till": _pid(desk)}.get(whom, 0)
        kill = threading.Timer(chance.uniform(0, LONGEST_S), _kill, (pid,))
        if pid:
            kills[whom] += 1
            kill.start()
        try:
            person.do(f"devices accept printer NUMBER-{number}", "olena> ")
        except (AssertionError, OSError):
            assert whom == "console", "it ends for no other reason"
            break
        else:
            promised.append(number)
        finally:
            if pid:
                kill.join()
        if whom == "console":
            break
    return promised


def _pid(desk: ConsoleDesk) -> int:
    return int((desk.at.folder / "till.pid").read_text()) if desk.service("is-active") == "active" else 0


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
