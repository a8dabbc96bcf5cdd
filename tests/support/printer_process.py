"""A simulated printer that can be killed and started again, behind a pseudo terminal or a TCP port, and its desk."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from firmware_bridge.rehearsal import Cashier, TillProcess, write_config
from firmware_bridge.simulation import Bench
from tests.support.processes import Desk

ROOT = Path(__file__).parents[2]
Wiring = Literal["pty", "tcp"]


class KillablePrinter(Bench):
    """`folder` holds what it keeps without power. `pty`: where its terminal is, None = a TCP port that stays the same.

    A context manager; leaves no process behind.
    """

    def __init__(self, folder: Path, pty: Path | None, options: Sequence[str] = ()) -> None:
        self._name = "printer"
        self._state = folder / "printer.state"
        self._pty = pty
        self._options = options
        self._port = 0
        self.kills = 0
        self.start()

    def start(self) -> None:
        """Switch it on (again). Raises UserError when it does not start."""
        where = ["--tcp", str(self._port)] if self._pty is None else ["--pty", str(self._pty)]
        if self._pty is not None:
            self._pty.unlink(missing_ok=True)  # a process that was killed leaves it behind
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.support.remembering_printer"),
                *("--state", str(self._state), *where, *self._options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        ready = self._answer()
        self._port = ready.get("port", 0)
        self.url = f"tcp:127.0.0.1:{self._port}" if self._pty is None else f"serial:{self._pty}"

    def kill(self) -> None:
        """SIGKILL: as if its plug was pulled, for this process."""
        self.kills += 1
        if self._pty is not None:
            # A dead link would soon name the terminal of somebody else, who gets the same number.
            self._pty.unlink(missing_ok=True)
        self._process.kill()
        self.close()

    def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """As of Device; the coil's pulses of former lives are told as well."""
        answer = super().do(what, **arguments)
        earlier = answer.pop("earlier", 0)
        if earlier:
            answer["pulses"] = [None] * earlier + answer["pulses"]
        return answer


@contextmanager
def killable_desk(folder: Path, wiring: Wiring, *options: str) -> Iterator[Desk]:
    """A till with such a printer, its shift open; all processes end with the block."""
    at = write_config(folder)
    with KillablePrinter(folder, at.pty if wiring == "pty" else None, options) as printer:
        text = at.config.read_text("utf-8")
        at.config.write_text(text.replace(f"serial:{at.pty}", printer.url), "utf-8")
        with TillProcess(at) as till:
            desk = Desk(at, printer, till, Cashier(till, at.token))
            desk.open_shift()
            yield desk
