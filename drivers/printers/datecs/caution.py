"""Before a receipt is opened: a third wrong password locks a classic device until it is switched off and on.

It does not say that the password was wrong, only that it does not permit the opening; so after two such answers in a
row nothing is opened any more until something has changed. Source: manual P v1.00BG, command 30h (48).
"""

from __future__ import annotations

from typing import Final

from drivers.printers.datecs.errors import Rejection

_SUSPICIONS: Final = 2
_WRONG_PASSWORD: Final = "ERR_OPER_WRONG_PASSWORD"  # noqa: S105 - the vendor's name of an error


class Caution:
    """Counts the openings that were refused in a row; outlives a connection, because the device counts on too."""

    def __init__(self) -> None:
        self._refused = 0

    @property
    def advice(self) -> str:
        """Why nothing may be opened now, "" when it may."""
        if self._refused < _SUSPICIONS:
            return ""
        return (
            "it refused to open a receipt, perhaps because of the operator's password, and one try more may lock it: "
            "check the operator and the password in the configuration, then start the till again; nothing was sent"
        )

    def refused(self, rejection: Rejection) -> None:
        """The device did not open a receipt."""
        if rejection.name == _WRONG_PASSWORD:
            self._refused = _SUSPICIONS
        elif rejection.name == "not_allowed":
            self._refused += 1

    def clear(self) -> None:
        """A receipt was opened, or a Z report made: whatever it was, it was not the password."""
        self._refused = 0
