"""Simulated devices for whole tills: the only file of the bridge, beside `device_sim`, that knows of simulators.

`Bench` is a simulated printer with its drawer in a process of its own, and the hands of the person beside it.
`simulate` runs the real till against it. `FAULTS` are deliberately broken tills: the controls of every claim.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from drivers.printers.base import ReceiptPrinter
from drivers.printers.escpos.simulated.audit import audit
from drivers.printers.escpos.simulated.paper import Piece, PrintedLine
from firmware_bridge import app, config, config_check
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from firmware_bridge.logs import Logs
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import Event, ReceiptPrinted


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A document as found on paper: complete unmarked `originals`, complete marked `copies`."""

    number: str
    kind: str
    originals: int
    copies: int


class Bench:
    """One simulated ESC/POS printer with drawer behind a pty. A context manager; leaves no process behind."""

    def __init__(self, pty: Path, options: Sequence[str] = ()) -> None:
        self.pty = pty
        command = [sys.executable, "-m", "firmware_bridge.device_sim", "escpos", "--pty", str(pty), *options]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if "pty" not in self._answer():
            raise UserError("The simulated printer did not start")

    def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Let the person at the device do something; returns the device's answer."""
        if self._process.stdin is None:
            raise UserError("The simulated printer has no hands")
        self._process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise UserError(f"The simulated printer: {answer['error']}")
        return answer

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise UserError("The simulated printer is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def printed(self) -> list[OnPaper]:
        """What a person finds who reads all the paper, and nothing else."""
        pieces = [
            Piece(tuple(PrintedLine(line) for line in piece["lines"]), piece["ending"])
            for piece in self.do("paper")["pieces"]
        ]
        return [OnPaper(found.number, found.kind, found.originals, found.copies) for found in audit(pieces)]

    def close(self) -> None:
        """Switch everything off."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


# --- broken tills -----------------------------------------------------------------------------------------------


class Through:
    """A printer that hands everything on; the base of the broken ones."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        self._printer = printer

    @property
    def connected(self) -> bool:
        return self._printer.connected

    def connect(self) -> bool:
        return self._printer.connect()

    def watch(self, timeout: float) -> None:
        self._printer.watch(timeout)

    def print(self, intention: Print) -> Event:
        return self._printer.print(intention)

    def ask(self, intention: Print, end_sent: bool | None) -> Event:
        return self._printer.ask(intention, end_sent)

    def kick(self, order: Kick) -> Event:
        return self._printer.kick(order)

    def wake(self) -> None:
        self._printer.wake()

    def close(self) -> None:
        self._printer.close()


class DoubleSend(Through):
    """Sends every fifth original a second time, as software does that takes a slow printer for a deaf one."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        super().__init__(printer)
        self._jobs = 0

    def print(self, intention: Print) -> Event:
        outcome = self._printer.print(intention)
        if isinstance(outcome, ReceiptPrinted) and intention.copy_no == 0:
            self._jobs += 1
            if self._jobs % 5 == 0:
                again = replace(intention, kick=None, before=outcome.counters)
                return self._printer.print(again)
        return outcome


class DropRecord(Through):
    """Loses every fifth order on its way to the printer and reports it as done, as a queue in memory does."""

    def __init__(self, printer: ReceiptPrinter) -> None:
        super().__init__(printer)
        self._jobs = 0

    def print(self, intention: Print) -> Event:
        self._jobs += 1
        if self._jobs % 5 == 0:
            return ReceiptPrinted(intention.document_id, intention.job_id, "process_id", intention.before)
        return self._printer.print(intention)


FAULTS: dict[str, Callable[[ReceiptPrinter], ReceiptPrinter]] = {
    "double-send": DoubleSend,
    "drop-record": DropRecord,
}


# --- a whole till on simulated devices --------------------------------------------------------------------------


def simulate(loaded: Config, fault: str, say: Callable[[str], None]) -> int:
    """Run the till of this config with its printer simulated, until stopped."""
    if loaded.printer is None:
        raise UserError("There is no [printer] in the configuration, so there is nothing to simulate")
    with tempfile.TemporaryDirectory(prefix="firmware-bridge-") as folder, Logs() as logs:
        pty = Path(folder) / "printer"
        with Bench(pty, ["--columns", str(loaded.printer.columns)]) as bench:
            printer = msgspec.structs.replace(loaded.printer, port=f"serial:{bench.pty}")
            app.run(
                msgspec.structs.replace(loaded, printer=printer),
                lambda address: say(json.dumps({"listen": address, "printer": str(bench.pty)})),
                wrap_printer=FAULTS.get(fault),
                on_secret=logs.redactor.add,
            )
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m firmware_bridge.simulation --config FILE --fault NAME`: a broken till, for the demo's controls."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--config", required=True, type=Path)
    parser.add_argument("--fault", required=True, choices=sorted(FAULTS))
    parsed = parser.parse_args(arguments)
    loaded = config.load(parsed.config)
    config_check.check(loaded, parsed.config)

    def ready(address: str) -> None:
        sys.stdout.write(json.dumps({"listen": address}) + "\n")
        sys.stdout.flush()

    with Logs() as logs:
        app.run(loaded, ready, wrap_printer=FAULTS[parsed.fault], on_secret=logs.redactor.add)
    return 0


if __name__ == "__main__":
    sys.exit(main())
