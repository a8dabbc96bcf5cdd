"""Beside a till: what people did at the console is told to the till. Takes a moment at most, whatever the till does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from firmware_bridge.client.line import Tcp, TokenFile, Unanswered, exchange
from firmware_bridge.console.audit import Json, NotNow
from firmware_bridge.errors import UserError

MOMENT_S: Final = 1.0
REST_S: Final = 30.0
"""Seconds that a person is kept waiting for a till that is there and does not answer; then it is left alone so long."""
_TAKEN: Final = 201
_NOT_VALID: Final = (400, 422)


class TillSlow(NotNow):
    """Somebody is there and does not answer in time: whether it has the acts is not known, and need not be."""


class Teller:
    """POST /v1/people/acts. `address`: host and port of the till; `token_file`: of the client that tells it."""

    def __init__(self, address: tuple[str, int], token_file: str) -> None:
        self._address = address
        self._token_file = token_file

    def __call__(self, acts: Sequence[Json]) -> int:
        """Returns how many of them, from the first on, the till has. Raises NotNow."""
        status, told = self._post(acts)
        if status == _TAKEN and isinstance(told, list):
            return min(len(told), len(acts))
        if status not in _NOT_VALID:
            raise NotNow(f"the till said {status}")
        if len(acts) > 1:  # one of them is not to be understood: the others shall not wait for it
            return self(acts[: len(acts) // 2])
        return 1  # damaged on the disk: it stays in the file that is put aside

    def _post(self, acts: Sequence[Json]) -> tuple[int, Any]:
        content = json.dumps({"acts": list(acts)}).encode()
        try:
            bearer = f"Bearer {TokenFile(self._token_file).read()}"
            headers = {"Content-Type": "application/json", "Prefer": "wait=1", "Authorization": bearer}
            reply = exchange(Tcp(*self._address), "POST", "/v1/people/acts", headers, content, MOMENT_S)
            said = json.loads(reply.body)
        except Unanswered as error:
            raise (TillSlow if isinstance(error.__cause__, TimeoutError) else NotNow) from error
        except (OSError, ValueError, UserError) as error:
            raise NotNow from error
        return reply.status, said.get("acts") if isinstance(said, dict) else None
