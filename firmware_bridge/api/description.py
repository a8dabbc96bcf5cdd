"""Beside a sale's way: the API described by itself, from the very types that validate (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from firmware_bridge.api import answer_schema as told
from firmware_bridge.api.guard import BODY_LIMIT
from firmware_bridge.api.operations import LINKS, OPERATIONS, Media, Operation
from firmware_bridge.api.problems import PROBLEMS, URN
from firmware_bridge.api.requests import DEFAULT_WAIT, MAX_SEQ, MAX_WAIT
from firmware_bridge.api.schema import COMMAND_ID
from firmware_bridge.api.table import ROUTES, Route
from firmware_bridge.words.table import LANGUAGES

_REF: Final = "#/components/schemas/{name}"
_IN_PATH: Final = re.compile(r"\{(\w+):([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_MEDIA: Final[dict[Media, str]] = {
    "json": "application/json",
    "text": "text/plain",
    "png": "image/png",
    "events": "text/event-stream",
    "page": "text/html",
    "file": "*/*",
}
_AT_WORK: Final = 202
_UNCHANGED: Final = 304
#: What any request may get, whatever it asks for.
_ALWAYS: Final = (400, 405, 421, 500, 503)
_WITH_TOKEN: Final = (401, 403)
_WITH_BODY: Final = (408, 413, 415)
#: Headers of an answer: status -> name -> (always there?, what it says).
_HEADERS: Final[dict[int, dict[str, tuple[bool, str]]]] = {
    401: {"WWW-Authenticate": (True, "Bearer")},
    405: {"Allow": (True, "The methods that are possible here.")},
    429: {"Retry-After": (True, "After so many seconds.")},
    503: {"Retry-After": (False, "After so many seconds.")},
}
#: Of a command that was taken.
_TAKEN: Final = {
    "Location": (True, "Where to look for what became of it."),
    "Preference-Applied": (True, "wait=N: the seconds that were waited at most."),
}
#: A manager's word for a cashier's command.
_APPROVED: Final = r"^Bearer [!-~]{1,256}$"
_MEANINGS: Final = {
    200: "Done before under this id, or looked up.",
    201: "Done.",
    202: "Durable and still at work: look at Location.",
    304: "The caller has it (If-None-Match).",
    400: "The request is malformed.",
    401: "A known bearer token is needed.",
    403: "The role may not do this, or a manager has to approve it.",
    404: "There is no such thing.",
    405: "Not with this method.",
    408: "The body did not arrive in time.",
    409: "Refused as things stand, or the id belongs to another command; `outcome` says whether anything happened.",
    413: f"The body is larger than {BODY_LIMIT} bytes.",
    415: "The body is no JSON.",
    421: "The Host is not this till's.",
    422: "The content is not valid; `errors` names the members.",
    429: "Too many wrong tries, or too much at once: wait.",
    500: "The till failed; `outcome` says whether it may have happened.",
    503: "Too much at once; try again.",
}


def describe(version: str) -> dict[str, Any]:
    """The whole description as plain values."""
    types = list(dict.fromkeys([told.Problem, told.Totals, *_types()]))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    named = dict(zip(types, schemas, strict=True))
    # those that are known here; the rules may refuse for further reasons, always with 409
    components["Problem"]["properties"]["type"]["examples"] = [URN + slug for slug in PROBLEMS]
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(_path(route), {})[route.method.lower()] = _operation(route, OPERATIONS[route.name], named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "firmware-bridge",
            "version": version,
            "description": (
                "The local API of a till. Money is integer minor units of its one currency, quantities are integer "
                "thousandths, percentages integer hundredths of a per cent; a whole number is written without a "
                "fraction (42, not 42.0). Every command has an id of the client's: the same id with the same content "
                "is answered with the first result, for ever."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": _for_json_schema(components),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}, **_signatures()},
        },
    }


def _types() -> Iterator[Any]:
    for operation in OPERATIONS.values():
        for answers in operation.answers.values():
            yield from answers
        if operation.body is not None:
            yield operation.body


def _path(route: Route) -> str:
    return _IN_PATH.sub(r"{\1}", route.path)


def _operation(route: Route, operation: Operation, named: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": operation.text,
        "parameters": [*_in_path(route), *_in_query(operation), *_in_header(operation)],
        "responses": {str(status): _answer(route, operation, status, named) for status in sorted(operation.answers)},
    }
    if operation.signed:
        found["security"] = [{operation.signed: []}]
    if route.roles is not None:
        found["security"] = [{"token": []}]
        found["description"] = f"For the roles {', '.join(sorted(route.roles))}."
    if operation.body is not None or operation.signed:
        schema = {} if operation.body is None else _for_json_schema(named[operation.body])
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    for status in sorted(_problems(route, operation)):
        found["responses"][str(status)] = {
            "description": _MEANINGS[status],
            "headers": _headers(_HEADERS.get(status, {})),
            "content": {"application/problem+json": {"schema": named[told.Problem]}},
        }
    return found


def _signatures() -> dict[str, Any]:
    headers = [one.signed for one in OPERATIONS.values() if one.signed]
    return {name: {"type": "apiKey", "in": "header", "name": name} for name in headers}


def _problems(route: Route, operation: Operation) -> set[int]:
    token = _WITH_TOKEN if route.roles is not None or operation.signed else ()
    return {*_ALWAYS, *token, *operation.problems, *(_WITH_BODY if route.method in ("POST", "PUT") else ())}


def _answer(route: Route, operation: Operation, status: int, named: dict[Any, Any]) -> dict[str, Any]:
    if status == _UNCHANGED:
        return {"description": _MEANINGS[status]}
    schemas = [_for_json_schema(named[kind]) for kind in operation.answers[status]]
    schema = _one_of(schemas) if schemas else {"type": "string"}
    if operation.media == "events":
        schema = _event(schema)
    return {
        "description": _MEANINGS[status],
        "headers": _headers(_TAKEN if _AT_WORK in operation.answers else {}),
        "content": {_MEDIA[operation.media]: {"schema": schema}},
        "links": dict(_links(route)),
    }


def _event(schema: Any) -> dict[str, Any]:
    """Each event of a stream, as Open API before 3.2 has it: its fields, `data` being JSON."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    number = {"type": "string", "pattern": "^[0-9]+$"}
    return {"type": "object", "properties": {"id": number, "data": data}, "required": ["id", "data"]}


def _links(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    where, operations = LINKS.get(route.name, ("", ()))
    for name in operations:
        yield name, {"operationId": name, "parameters": {"id": where}}


def _headers(told_by: Mapping[str, tuple[bool, str]]) -> dict[str, Any]:
    return {
        name: {"description": text, "required": always, "schema": {"type": "string"}}
        for name, (always, text) in told_by.items()
    }


def _one_of(schemas: list[Any]) -> Any:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _in_path(route: Route) -> Iterator[dict[str, Any]]:
    for name, pattern in _IN_PATH.findall(route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": COMMAND_ID if name == "id" else f"^{pattern}$"},
        }


def _in_query(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, one in operation.query.items():
        schema = (
            {"enum": list(one.words)} if one.words else {"type": "integer", "minimum": one.least, "maximum": one.most}
        )
        yield {"name": name, "in": "query", "description": one.text, "schema": schema}


def _in_header(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.media == "json":
        text = f"What people read is said in it (RFC 9110): {', '.join(LANGUAGES)}; English for any other."
        yield _header("Accept-Language", text, {"type": "string"})
    if operation.media == "events":
        schema = {"type": "integer", "minimum": 0, "maximum": MAX_SEQ}
        yield _header("Last-Event-ID", "The last event that was seen; goes before `after`.", schema)
    if operation.body is not None:
        text = "The command's id, where the body has none: one of both is needed, and both must be equal."
        yield _header("Idempotency-Key", text, {"type": "string", "pattern": COMMAND_ID})
        text = f"wait=N: so many seconds for its end (RFC 7240), {DEFAULT_WAIT} unless told, {MAX_WAIT} at most."
        yield _header("Prefer", f"{text} Any other preference is not looked at.", {"type": "string"})
        text = "A manager's own token, where a manager has to approve what a cashier does."
        yield _header("Approved-By", text, {"type": "string", "pattern": _APPROVED})


def _header(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": text, "schema": schema}


def _for_json_schema(value: Any) -> Any:
    """Patterns as ECMA-262 has them, which is what JSON Schema asks for: ^ and $ for Python's \\A and \\Z."""
    if isinstance(value, list):
        return [_for_json_schema(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _for_json_schema(one) for key, one in value.items()}
    if isinstance(found.get("pattern"), str):
        found["pattern"] = found["pattern"].replace(r"\A", "^").replace(r"\Z", "$")
    return found
