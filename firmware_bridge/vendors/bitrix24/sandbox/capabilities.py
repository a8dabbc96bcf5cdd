"""In the place of who orders a sale: what this sandbox can do and on whose word, one row each.

Sources: seed = the page of sale.cashbox.add; docs = the vendor's documentation repository; platform = what the
platform's own module `sale` does.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.sandbox.capabilities import Capability


def _documented(operation: str, what: str, source: str = "docs", option: str = "") -> Capability:
    return Capability(operation, what, "documented", source, option)


def _inferred(operation: str, what: str, option: str = "", source: str = "papers are silent") -> Capability:
    return Capability(operation, what, "inferred", source, option)


OPERATIONS: Final[tuple[Capability, ...]] = (
    _documented("handler.add", "CODE, NAME, SORT, SETTINGS with PRINT_URL, CHECK_URL, HTTP_VERSION, CONFIG"),
    _documented("handler.update", "SETTINGS laid over the old ones; CODE stays"),
    _documented("handler.list", "those of all applications; ID and SORT as text"),
    _documented("handler.delete", "not while cash registers use it"),
    _documented("cashbox.add", "every parameter; 400 403", "seed"),
    _documented("cashbox.update", "FIELDS, SETTINGS laid over the old ones"),
    _documented("cashbox.list", "SELECT, FILTER with all prefixes, ORDER, fifty rows from START"),
    _documented("cashbox.delete", "400 403"),
    _documented("check.apply", "found by our id; the first data stay"),
    _documented("batch", "fifty commands, HALT, $result[id][field]"),
)

RULES: Final[tuple[Capability, ...]] = (
    _documented("webhook", "/rest/USER/SECRET/METHOD", "seed"),
    _documented("token", "authorization_code and refresh_token, an hour, replaced at each use"),
    _documented("time", "start, finish, duration, processing, dates, operating", "seed"),
    _documented("body", "JSON, form with brackets, query; keys in capitals at every level", "seed, platform"),
    _documented("system errors", "all fifteen of the seed by the fault system-error, with the codes of docs"),
    _documented("limits", "bucket of 50, two out each second, 503; 480 s of operating in ten minutes, 429"),
    _inferred("limits", "a refused request does not fill the bucket; one bucket for all addresses", "burst"),
    _inferred("scope", "cashbox alone is needed; the seed names sale too", "needed_scope", "seed and docs differ"),
    _inferred("refusals", "https, bucket, credentials, system errors, method, scope, time, rights in this order"),
    _documented("refusals", "parameters in the order of the platform's code", "platform"),
    _inferred(
        "handler.add", "a section needs LABEL and ITEMS, an item TYPE and LABEL, ENUM OPTIONS; REQUIRED may lack"
    ),
    _inferred("list", "nothing but LIKE for % and whole equality without a prefix"),
    _documented("print", "a form with brackets; a cash register drawn by lot; HTTP 1.0 or 1.1", "platform"),
    _inferred("print", "JSON, as the documentation's sample shows it", "print_body", "docs and platform differ"),
    _documented("print", "a new document id for a reprint, the same unique_id", "platform", "uuid_stamp"),
    _documented("print", "ERRORS, no JSON or no connection: E; a status other than 200: hangs in P", "platform"),
    _inferred("print", "200 with an object without UUID hangs in P too"),
    _documented("check", "WAIT, ERROR; anything else is done", "platform"),
    _inferred("check", "an answer that is no JSON or not 200 changes nothing"),
    _documented("check", "every 120 s, at most five", "platform", "agent_s"),
    _inferred("check.apply", "a check in E becomes Y; STATUS=ERROR is honoured", source="platform, not documented"),
)
CAPABILITIES: Final = OPERATIONS + RULES
