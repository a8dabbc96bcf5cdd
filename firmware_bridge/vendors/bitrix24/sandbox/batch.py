"""In the place of who orders a sale: several methods in one request, each with its own end.

Source: the vendor's page on batch: at most fifty commands, none of them a batch; `$result[id][field]` in a command is
what an earlier one has answered; with `halt` the first failure ends it. The answer's status is always 200.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from firmware_bridge.vendors.bitrix24.sandbox.errors import Refused, system
from firmware_bridge.vendors.bitrix24.sandbox.params import nested
from firmware_bridge.vendors.sandbox.wire import Json

MOST: Final = 50
_REFERENCE: Final = re.compile(r"\$result((?:\[[^\[\]]+\])+)")


def run(given: Json, carry_out: Callable[[str, Json], tuple[Any, Json]]) -> Json:
    """`carry_out` returns what a method answers, and its time; raises Refused. Raises Refused: too long."""
    commands = given.get("CMD") or {}
    if isinstance(commands, list):
        commands = {str(at): one for at, one in enumerate(commands)}
    if len(commands) > MOST:
        raise system("ERROR_BATCH_LENGTH_EXCEEDED")
    halt = str(given.get("HALT", "0")) in ("1", "true", "True")
    done: dict[str, Any] = {}
    wrong: dict[str, Any] = {}
    times: dict[str, Any] = {}
    for name, text in commands.items():
        method, _, query = str(text).partition("?")
        try:
            if method.lower().removesuffix(".json") == "batch":
                raise system("ERROR_BATCH_METHOD_NOT_ALLOWED")
            pairs = parse_qsl(_filled(query, done), keep_blank_values=True)
            done[name], times[name] = carry_out(method, nested(pairs))
        except Refused as no:
            wrong[name] = {"error": no.code, "error_description": no.description}
            if halt:
                break
    return {
        "result": done or [],
        "result_error": wrong or [],
        "result_total": [],
        "result_next": [],
        "result_time": times or [],
    }


def _filled(query: str, done: dict[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        at: Any = done
        for key in re.findall(r"\[([^\[\]]+)\]", found[1]):
            if isinstance(at, list) and key.isdigit() and int(key) < len(at):
                at = at[int(key)]
            elif isinstance(at, dict):
                at = at.get(key) if key in at else at.get(key.upper())
            else:
                return ""
        return "" if at is None or isinstance(at, dict | list) else quote(str(at), safe="")

    return _REFERENCE.sub(value, query.replace("%24", "$").replace("%5B", "[").replace("%5D", "]"))
