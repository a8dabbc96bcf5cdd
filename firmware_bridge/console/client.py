"""Beside a till: the till's local API, asked by the console as the person who is signed in. Never waits for ever."""

from __future__ import annotations

import http.client
import json
import uuid
from pathlib import Path
from typing import Any

from firmware_bridge.errors import UserError

Json = dict[str, Any]
ANSWER_S = 5.0
"""How long a question may take; a command waits for its end `WAIT_S` longer."""
WAIT_S = 10


class TillAway(UserError):
    """Nobody answers at the till's address; whether a command that was sent happened is not known."""


class Refused(UserError):
    """The till said no; `status` is HTTP's, `outcome` says whether anything happened."""

    def __init__(self, status: int, answer: Json) -> None:
        super().__init__(str(answer.get("detail") or answer.get("title") or f"status {status}"))
        self.status = status
        self.outcome = str(answer.get("outcome", "none"))


class Api:
    """`address`: host and port of the till's listener; `token_file`: of whom it is asked as. One connection a call."""

    def __init__(self, address: tuple[str, int], token_file: str) -> None:
        self._address = address
        self._token_file = token_file

    def get(self, path: str) -> Json:
        """Raises TillAway, Refused."""
        return self._call("GET", path, None)

    def text(self, path: str) -> str:
        """A receipt as text. Raises as `get`."""
        return self._answer("GET", path, None)[1].decode("utf-8", "replace")

    def post(self, path: str, body: Json) -> Json:
        """A command under an id of its own. Raises TillAway (it may have happened), Refused."""
        return self._call("POST", path, {"id": f"console-{uuid.uuid4()}", **body})

    def _call(self, method: str, path: str, body: Json | None) -> Json:
        status, content = self._answer(method, path, body)
        try:
            answer: Json = json.loads(content or b"{}")
        except ValueError as error:
            raise Refused(status, {"detail": "what answers at the till's address is no till"}) from error
        return answer

    def _answer(self, method: str, path: str, body: Json | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self._address, timeout=ANSWER_S + (WAIT_S if body else 0))
        headers = {"Prefer": f"wait={WAIT_S}", "Authorization": f"Bearer {self._token()}"}
        content = None
        if body is not None:
            headers["Content-Type"], content = "application/json", json.dumps(body).encode()
        try:
            connection.request(method, path, content, headers)
            response = connection.getresponse()
            told = response.read()
        except (OSError, http.client.HTTPException) as error:
            happened = "" if body is None else "; whether it happened is not known"
            raise TillAway(f"the till does not answer at {self._address[0]}:{self._address[1]}{happened}") from error
        finally:
            connection.close()
        if response.status >= 300:
            try:
                problem = json.loads(told)
            except ValueError:
                problem = {}
            raise Refused(response.status, problem if isinstance(problem, dict) else {})
        return response.status, told

    def _token(self) -> str:
        try:
            return Path(self._token_file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"the token file {self._token_file} cannot be read") from error
