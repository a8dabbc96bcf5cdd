"""Beside a till: the till as a unit of the system: does it run, since when does it not, what did it say last."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final, Literal

from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.errors import UserError

_TIME_S: Final = 60
_LOOK_S: Final = 5


class Service:
    """`systemctl VERB UNIT` and `journalctl -u UNIT`, or what is configured in their place. Never waits for ever."""

    def __init__(self, config: ConsoleConfig) -> None:
        self._config = config

    def state(self) -> str:
        """What the tool says: active, inactive, failed …; "" where it cannot be asked."""
        try:
            return self._run([self._config.service_tool, "is-active", self._config.service], _LOOK_S).stdout.strip()
        except UserError:
            return ""

    def order(self, what: Literal["start", "stop", "restart"]) -> None:
        """Raises UserError with what it said."""
        done = self._run([self._config.service_tool, what, self._config.service], _TIME_S)
        if done.returncode:
            raise UserError(f"the system did not {what} {self._config.service}: {_last(done.stderr)}")

    def log(self, lines: int) -> list[str]:
        """The last lines of its log; [] where there is none."""
        command = [self._config.log_tool, "-u", self._config.service, "-n", str(lines), "-o", "cat", "--no-pager"]
        try:
            done = self._run(command, _LOOK_S)
        except UserError:
            return []
        return done.stdout.splitlines()[-lines:] if done.returncode == 0 else []

    def kernel_log(self, lines: int) -> list[str]:
        """The kernel's last lines since the machine started; [] where they cannot be had."""
        command = [self._config.log_tool, "-k", "-n", str(lines), "-o", "short-monotonic", "--no-pager"]
        try:
            done = self._run(command, _LOOK_S)
        except UserError:
            return []
        return done.stdout.splitlines()[-lines:] if done.returncode == 0 else []

    def properties(self, names: Sequence[str]) -> dict[str, str]:
        """These properties of the unit as the system tells them; {} where it cannot be asked."""
        command = [self._config.service_tool, "show", self._config.service, "-p", ",".join(names), "--no-pager"]
        try:
            done = self._run(command, _LOOK_S)
        except UserError:
            return {}
        rows = (line.partition("=") for line in done.stdout.splitlines() if "=" in line)
        return {name: value for name, _, value in rows} if done.returncode == 0 else {}

    def _run(self, command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - a program of the configuration, arguments that are checked
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UserError(f"{command[0]} cannot be asked, or does not answer") from error


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it said nothing"
