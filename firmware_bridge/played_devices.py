"""In the devices' places on a sale's way: a config whose printers and drawers are simulated, each in its process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import msgspec

from firmware_bridge import fiscalisers, wiring
from firmware_bridge.config import Config, Drawer
from firmware_bridge.drawer_hardware import DrawerHardware, by_port
from firmware_bridge.errors import UserError
from firmware_bridge.vendors.datecs.config import DatecsConfig

Kind = Literal["escpos", "datecs", "datecs-x", "drawer-box"]

_NAMES: Final[Mapping[str, str]] = {
    "escpos": "printer",
    "datecs": "fiscal printer",
    "datecs-x": "fiscal printer",
    "drawer-box": "drawer",
}
#: What a drawer on pins becomes, because nobody plays pins: a box that tells of its drawer when it is asked.
_STAND_IN: Final = "ibm-4840"


class Device:
    """One device of `device-sim` in a process of its own, and the hands of the person beside it.

    `where`: the link to its pseudo terminal, None = a TCP port of this machine. A context manager; leaves no process
    behind. Raises UserError when it does not start.
    """

    def __init__(self, kind: Kind, where: Path | None, options: Sequence[str] = ()) -> None:
        self._name = _NAMES[kind]
        place = ["--tcp", "0"] if where is None else ["--pty", str(where)]
        command = [sys.executable, "-m", "firmware_bridge.device_sim", kind, *place, *options]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            ready = self._answer()
        except UserError as error:
            self.close()
            raise UserError(f"The simulated {self._name} did not start") from error
        self.url = f"serial:{ready['pty']}" if "pty" in ready else f"tcp:127.0.0.1:{ready['port']}"

    def do(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Let the person at the device do something; returns the device's answer. Raises UserError."""
        if self._process.stdin is None:
            raise UserError(f"The simulated {self._name} has no hands")
        self._process.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise UserError(f"The simulated {self._name}: {answer['error']}")
        return answer

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise UserError(f"The simulated {self._name} is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Switch everything off."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(timeout=60)  # it draws the whole paper at the end

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def played(loaded: Config, folder: Path) -> Iterator[tuple[Config, dict[str, str]]]:
    """Play every device of this config; gives the config that leads to them, and where each is.

    Whatever devices the config means are out of reach then. Raises UserError when one does not start.
    """
    with ExitStack() as stack:
        places: dict[str, str] = {}
        config = _register(stack, _printer(stack, loaded, folder, places), folder, places)
        yield _drawers(stack, config, folder, places), places


def _printer(stack: ExitStack, config: Config, folder: Path, places: dict[str, str]) -> Config:
    if config.printer is None:
        return config
    device = stack.enter_context(Device("escpos", folder / "printer", ["--columns", str(config.printer.columns)]))
    places["printer"] = str(folder / "printer")
    return msgspec.structs.replace(config, printer=msgspec.structs.replace(config.printer, port=device.url))


def register_kind(section: DatecsConfig) -> tuple[Kind, tuple[str, ...]]:
    """The simulated device that speaks this dialect, and the words that it is started with."""
    return ("datecs-x", ()) if section.dialect == "x" else ("datecs", ("--dialect", section.dialect))


def _register(stack: ExitStack, config: Config, folder: Path, places: dict[str, str]) -> Config:
    section = fiscalisers.hardware(config)
    if section is None or config.fiscaliser is None:
        return config
    kind, options = register_kind(section)
    device = stack.enter_context(Device(kind, folder / "register", options))
    places["datecs"] = str(folder / "register")
    # the simulated device has a serial number and the passwords of the factory
    datecs = msgspec.structs.replace(section, port=device.url, serial="", password=None)
    return msgspec.structs.replace(config, fiscaliser=msgspec.structs.replace(config.fiscaliser, datecs=datecs))


def _drawers(stack: ExitStack, config: Config, folder: Path, places: dict[str, str]) -> Config:
    drawers = dict(config.drawers)
    for number, together in enumerate(by_port(wiring.drawer_hardware(config).values()), start=1):
        where = folder / f"drawer-{number}"
        boxed = [_stand_in(one) for one in together]
        first = boxed[0]
        options = ["--box", first.box, "--drawers", str(max(one.number for one in boxed))]
        device = stack.enter_context(
            Device("drawer-box", where, [*options, *(["--code", first.code] if first.code else [])])
        )
        for one in boxed:
            drawers[one.drawer_id] = _at(config.drawers[one.drawer_id], one, device.url)
            places[one.drawer_id] = str(where)
    return msgspec.structs.replace(config, drawers=drawers)


def _stand_in(one: DrawerHardware) -> DrawerHardware:
    if one.driver == "trigger_box":
        return one
    return replace(one, driver="trigger_box", box=_STAND_IN, code="", number=1, sense_port="")


def _at(drawer: Drawer, one: DrawerHardware, url: str) -> Drawer:
    return msgspec.structs.replace(
        drawer, driver="trigger_box", port=url, box=one.box, code=one.code, number=one.number, sense_port=""
    )
