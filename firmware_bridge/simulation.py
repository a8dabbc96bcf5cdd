"""Simulated devices and vendors for whole tills: beside `device_sim` the only file of the bridge that knows of both.

`Bench` is a simulated printer with its drawer in a process of its own, and the hands of the person beside it.
`simulate` runs the real till against it, and against its fiscaliser's sandbox. `FAULTS` are deliberately broken tills:
the controls of every claim.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from drivers.printers.base import ReceiptPrinter
from drivers.printers.escpos.simulated.audit import HEADINGS, audit
from drivers.printers.escpos.simulated.paper import Piece, PrintedLine
from firmware_bridge import app, config, config_check
from firmware_bridge.config import Config
from firmware_bridge.credentials import Secret
from firmware_bridge.demo_evening import OnPaper
from firmware_bridge.errors import UserError
from firmware_bridge.logs import Logs
from firmware_bridge.rehearsal import Checkbox
from firmware_bridge.sandbox_command import SandboxProcess
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from statemachines.vocabulary.effects import Kick, Print
from statemachines.vocabulary.events import Event, ReceiptPrinted

#: What a reader of a register's paper finds a document by: the fiscal number stands near its end, and what has none
#: is known by its title. Beside these stand the headings of paper without a fiscaliser.
FISCAL_HEADINGS: Final[Mapping[str, re.Pattern[str]]] = {
    **HEADINGS,
    "fiscal": re.compile(r"^ЧЕК № +(?P<number>\S+)$"),
    "report": re.compile(r"^[XZ]-ЗВІТ № (?P<number>\S+)$"),
    "cash": re.compile(r"^СЛУЖБОВЕ (?:ВНЕСЕННЯ|ВИЛУЧЕННЯ)(?P<number>)$"),
}


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
        return [
            OnPaper(found.number, found.kind, found.originals, found.copies)
            for found in audit(pieces, headings=FISCAL_HEADINGS)
        ]

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
    """Run the till of this config with its printer and its fiscaliser simulated, until stopped."""
    if loaded.printer is None:
        raise UserError("There is no [printer] in the configuration, so there is nothing to simulate")
    with tempfile.TemporaryDirectory(prefix="firmware-bridge-") as folder, Logs() as logs:
        pty = Path(folder) / "printer"
        with Bench(pty, ["--columns", str(loaded.printer.columns)]) as bench, vendors(loaded, Path(folder)) as config:
            printer = msgspec.structs.replace(loaded.printer, port=f"serial:{bench.pty}")
            places = {"printer": str(bench.pty), **_vendor_places(config)}
            app.run(
                msgspec.structs.replace(config, printer=printer),
                lambda address: say(json.dumps({"listen": address, **places})),
                wrap_printer=FAULTS.get(fault),
                on_secret=logs.redactor.add,
            )
    return 0


@contextmanager
def vendors(loaded: Config, folder: Path) -> Iterator[Config]:
    """Play the vendors of this config in processes of their own; gives the config that leads to them.

    Whatever register the config means is out of reach then: address and credentials are those of the sandbox, whose
    keys stand in files in `folder`. Raises UserError when one does not start.
    """
    real = loaded.fiscaliser.checkbox if loaded.fiscaliser is not None else None
    if loaded.fiscaliser is None or real is None:
        yield loaded
        return
    with SandboxProcess("checkbox", "--profile", real.api) as sandbox:
        played = _played(real, Checkbox.of(sandbox.ready, real.api, folder))
        fiscaliser = msgspec.structs.replace(loaded.fiscaliser, checkbox=played)
        yield msgspec.structs.replace(loaded, fiscaliser=fiscaliser)


def _played(real: CheckboxConfig, sandbox: Checkbox) -> CheckboxConfig:
    return msgspec.structs.replace(
        real,
        base_url=sandbox.base_url,
        login=sandbox.login,
        password=Secret(file=str(sandbox.password)),
        pin=None,
        license_key=Secret(file=str(sandbox.license_key)),
        access_key=Secret(file=str(sandbox.access_key)),
        live=False,
    )


def _vendor_places(config: Config) -> dict[str, str]:
    checkbox = config.fiscaliser.checkbox if config.fiscaliser is not None else None
    return {} if checkbox is None else {"checkbox": checkbox.base_url}


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
