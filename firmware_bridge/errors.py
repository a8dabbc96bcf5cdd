"""Beside a sale's way: what a person at the command line sees when something cannot be done.

UserError             exit code 1: the wish could not be carried out
└── UsageError        exit code 2: wrong use (firmware_bridge.config.ConfigError is one)
"""

from __future__ import annotations


class UserError(Exception):
    """One clear sentence for a person: what is wrong and where; `hint` says what to do next.

    `exit_code` is the process's: 1 failed, 2 wrong use or configuration.
    """

    exit_code = 1

    def __init__(self, text: str, hint: str = "", exit_code: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code

    def line(self) -> str:
        """Return the one line for stderr: breaks become semicolons, what a terminal would obey is shown as `<XX>`."""
        from firmware_bridge.logs import safe  # noqa: PLC0415 - most commands end without

        sentence = "; ".join(part.strip() for part in self.text.splitlines() if part.strip())
        hint = " ".join(self.hint.split())
        return safe(f"firmware-bridge: {sentence} ({hint})" if hint else f"firmware-bridge: {sentence}")


class UsageError(UserError):
    """The command or its configuration is wrong; nothing was started."""

    exit_code = 2
