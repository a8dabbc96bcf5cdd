"""On a sale's way back, last of all: what the till says to people, in the language that the request asks for.

Only sentences are translated, by the names of the members that hold them; types, codes, outcomes and whatever people
typed stay as they are, and so does the journal: its records, the event stream and papers are told as they are written.
Without `Accept-Language`, and for a language that the interface does not have, it is English.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.words.said import translate
from firmware_bridge.words.table import Language, known

SENTENCES: Final = frozenset(
    {
        "advice",
        "detail",
        "done",
        "doubt",
        "doubts",
        "failure",
        "reason",
        "refusal",
        "text",
        "trouble",
        "waits_for",
        "why",
    }
)
"""Members whose texts are sentences for people; a problem's `title` is one too, a slip's is its own paper's."""

TYPED: Final = frozenset({"data", "lines", "payments", "known", "stranger"})
"""Members whose content people or devices named: nothing in it is a sentence of the till's."""

_OWN_REASON: Final = ("amount", "denominations")
"""A cash move and a count have one of these: their `reason` is what a person chose."""

_JSON: Final = ("application/json", "application/problem+json")
_PROBLEM: Final = _JSON[1]
_LONGEST_HEADER: Final = 500
_DEEPEST: Final = 16


def accepted(header: str) -> Language:
    """The language that `Accept-Language` prefers among those of the interface (RFC 9110, 12.5.4), else English.

    A range stands for all that begin like it ("uk-UA" is uk); what is malformed is passed over.
    """
    best: Language = "en"
    weight = 0.0
    for part in header[:_LONGEST_HEADER].split(","):
        name, _, parameter = part.partition(";")
        language = known(name)
        quality = _quality(parameter)
        if language is not None and quality > weight:
            best, weight = language, quality
    return best


def _quality(parameter: str) -> float:
    """Of one range, 0 to 1; 0 for one that is malformed or unwanted."""
    if not parameter.strip():
        return 1.0
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q" or len(value) > len("0.000"):
        return 0.0
    digits = value.replace(".", "", 1)
    return min(float(value), 1.0) if digits.isascii() and digits.isdigit() else 0.0


def spoken(value: Any, language: Language, *, problem: bool = False) -> Any:
    """Return a JSON value with its sentences translated. `problem`: it is a problem document."""
    names = SENTENCES | {"title"} if problem else SENTENCES
    return _spoken(value, language, names, _DEEPEST)


def _spoken(value: Any, language: Language, names: frozenset[str], deep: int) -> Any:
    if deep == 0:
        return value
    if isinstance(value, list):
        return [_spoken(part, language, names, deep - 1) for part in value]
    if not isinstance(value, dict):
        return value
    typed = TYPED | ({"reason"} if any(name in value for name in _OWN_REASON) else frozenset())
    return {
        name: part
        if name in typed
        else (_said(part, language) if name in names else _spoken(part, language, names, deep - 1))
        for name, part in value.items()
    }


def _said(part: Any, language: Language) -> Any:
    if isinstance(part, str):
        return translate(part, language)
    if isinstance(part, list):
        return [translate(one, language) if isinstance(one, str) else one for one in part]
    return part


@web.middleware
async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: translates every JSON answer of the API, problem documents too."""
    response = await handler(request)
    if not request.path.startswith("/v1/") or response.prepared or response.content_type not in _JSON:
        return response
    language = accepted(",".join(request.headers.getall("Accept-Language", [])))
    response.headers["Vary"] = "Origin, Accept-Language"
    response.headers["Content-Language"] = language
    if language != "en" and isinstance(response, web.Response) and isinstance(response.body, bytes):
        value = msgspec.json.decode(response.body)
        problem = response.content_type == _PROBLEM
        # the table is read when the first one asks, which takes a small Pi a quarter of a second
        response.body = msgspec.json.encode(await asyncio.to_thread(spoken, value, language, problem=problem))
    return response
