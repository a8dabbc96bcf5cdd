"""Beside a sale's way: the API described by itself, from the very types that validate (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from firmware_bridge.api import answer_schema as told
from firmware_bridge.api.guard import BODY_LIMIT
from firmware_bridge.api.operations import OPERATIONS, Media, Operation
from firmware_bridge.api.requests import DEFAULT_WAIT, MAX_WAIT
from firmware_bridge.api.table import ROUTES, Route

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
#: What any request may get, whatever it asks for.
_ALWAYS: Final = (400, 405, 421, 500, 503)
_WITH_TOKEN: Final = (401, 403)
_WITH_BODY: Final = (408, 413, 415)
_MEANINGS: Final = {
    200: "Done before under this id, or looked up.",
    201: "Done.",
    202: "Durable and still at work: look at Location.",
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
    500: "The till failed; `outcome` says whether it may have happened.",
    503: "Too much at once; try again.",
}


def describe(version: str) -> dict[str, Any]:
    """The whole description as plain values."""
    types = list(dict.fromkeys([told.Problem, told.Totals, *_types()]))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    named = dict(zip(types, schemas, strict=True))
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
                "thousandths, percentages integer hundredths of a per cent. Every command has an id of the client's: "
                "the same id with the same content is answered with the first result, for ever."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": _for_json_schema(components),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
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
        "parameters": [*_in_path(route), *_in_query(operation)],
        "responses": {str(status): _answer(operation, status, named) for status in sorted(operation.answers)},
    }
    if route.roles is not None:
        found["security"] = [{"token": []}]
        found["description"] = f"For the roles {', '.join(sorted(route.roles))}."
    if operation.body is not None:
        found["parameters"] += _of_a_command()
        found["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _for_json_schema(named[operation.body])}},
        }
    for status in sorted(_problems(route, operation)):
        found["responses"][str(status)] = {
            "description": _MEANINGS[status],
            "content": {"application/problem+json": {"schema": named[told.Problem]}},
        }
    return found


def _problems(route: Route, operation: Operation) -> set[int]:
    token = _WITH_TOKEN if route.roles is not None or operation.answers.get(200) == (told.Heard,) else ()
    return {*_ALWAYS, *token, *operation.problems, *(_WITH_BODY if route.method in ("POST", "PUT") else ())}


def _answer(operation: Operation, status: int, named: dict[Any, Any]) -> dict[str, Any]:
    schemas = [_for_json_schema(named[kind]) for kind in operation.answers[status]]
    schema = {"type": "string"} if not schemas or operation.media == "events" else _one_of(schemas)
    return {"description": _MEANINGS[status], "content": {_MEDIA[operation.media]: {"schema": schema}}}


def _one_of(schemas: list[Any]) -> Any:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _in_path(route: Route) -> Iterator[dict[str, Any]]:
    for name, pattern in _IN_PATH.findall(route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{pattern}$"},
        }


def _in_query(operation: Operation) -> Iterator[dict[str, Any]]:
    for name, one in operation.query.items():
        schema = (
            {"enum": list(one.words)} if one.words else {"type": "integer", "minimum": one.least, "maximum": one.most}
        )
        yield {"name": name, "in": "query", "description": one.text, "schema": schema}


def _of_a_command() -> list[dict[str, Any]]:
    return [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The command's id, where the body has none.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"},
        },
        {
            "name": "Prefer",
            "in": "header",
            "description": f"wait=N: so many seconds for its end (RFC 7240); {DEFAULT_WAIT} unless told.",
            "schema": {"type": "string", "pattern": f"^wait=([0-9]|[1-5][0-9]|{MAX_WAIT})$"},
        },
    ]


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
