"""After a sale: what NewStore's answer to a request of its book means. Pure.

One table for the refusals, by operation and status ("Cash Drawer API (0)" lists the statuses; of what they mean it
says little, so whatever the answer alone does not tell is asked first). Repeatability and states: as each request was
planned (`plan.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from firmware_bridge.gateway.book import Asks, Call, Delivered, Later, Look, Rejected, Verdict
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.facts import Kind, kinds
from firmware_bridge.vendors.newstore.messages import (
    CountPerformed,
    Drawer,
    Start,
    Started,
    StartedNonSale,
    StartNonSale,
    TransactionTypes,
    Unreadable,
    decode,
)
from firmware_bridge.vendors.newstore.terms import Terms
from firmware_bridge.vendors.newstore.words import LOOK_AT, RETRY, words

Means = Literal[
    "refused",  # NewStore will not take this one: it is set aside
    "account",  # the API client may not do that: nothing goes on before somebody gives it the right
    "ask_drawer",  # the drawer tells whether the record or the set-up is wrong, or whether it was done before
    "ask_lost",  # the question of a lost answer tells
    "ask_types",  # whether this type of transaction is allowed tells
    "had_it",  # it has been so before
    "no_drawer",  # NewStore does not know the drawer
]
REFUSALS: Final[Mapping[str, Mapping[int, Means]]] = {
    "activate": {400: "refused", 403: "account", 404: "ask_drawer", 409: "ask_drawer"},
    "start": {400: "refused", 403: "account", 404: "ask_drawer", 409: "ask_drawer"},
    "start_non_sale": {400: "refused", 403: "ask_types", 404: "ask_drawer", 409: "ask_drawer"},
    "track_activity": {400: "refused", 403: "refused", 404: "refused", 409: "refused"},
    "finish": {400: "refused", 403: "account", 404: "ask_drawer", 409: "ask_lost"},
    "perform_count": {400: "refused", 403: "account", 404: "ask_drawer", 409: "ask_drawer"},
    "record_count": {400: "refused", 403: "account", 404: "ask_drawer", 409: "refused"},
    "count_action": {400: "refused", 403: "account", 404: "ask_drawer", 409: "had_it"},
    "deactivate": {400: "refused", 403: "account", 404: "ask_drawer", 409: "ask_drawer"},
    "get_drawer": {400: "refused", 403: "account", 404: "no_drawer", 409: "refused"},
}
"""Operation -> status -> what it means. Other statuses mean the same everywhere: see `judge`."""

_LEARNS: Final[Mapping[str, type[Started | StartedNonSale | CountPerformed]]] = {
    "start": Started,
    "start_non_sale": StartedNonSale,
    "perform_count": CountPerformed,
}
"""Operations whose answer has an id that nothing else tells."""

_NOT_NOW: Final = (408, 425, 429)
_UNAVAILABLE: Final = 503
"""Of the answers from 500 on the only one that says that nothing was begun."""


def unusable(operation: str, response: Response) -> str:
    """Why a success cannot be used, "" when it can: the id that it must teach cannot be read. As good as no answer."""
    kind = _LEARNS.get(operation)
    if kind is None or not 200 <= response.status < 300:
        return ""
    try:
        decode(response.body, kind)
    except Unreadable as error:
        return f"{error}: whether it was done is not known"
    return ""


def learned(call: Call, response: Response) -> dict[str, str]:
    """Our id -> NewStore's, of a success. Raises Unreadable."""
    match call.operation:
        case "start":
            vendor_id = decode(response.body, Started).transaction_id
        case "start_non_sale":
            vendor_id = decode(response.body, StartedNonSale).transaction_id
        case "perform_count":
            vendor_id = decode(response.body, CountPerformed).count_id
        case _:
            return {}
    return {call.place[-1]: vendor_id}


def judge(call: Call, response: Response, terms: Terms) -> Verdict:
    """The verdict on any answer but for the figures in it."""
    status = response.status
    if 200 <= status < 300:
        return _success(call, response)
    if status in _NOT_NOW or status >= 500:
        if call.repeat == "never" and status >= 500 and status != _UNAVAILABLE:
            return Rejected(f"NewStore answered {words(response)}; {call.if_lost}")
        return Later(f"NewStore answered {words(response)}")
    if 300 <= status < 400:
        return Later(f"NewStore answered {status}: base_url in [book.newstore] is not its address", person=True)
    if status == 401:
        return account(response)
    if status == 405:
        return Later(
            f"NewStore does not take {call.request.method} {call.request.path} ({words(response)}): correct "
            f"urls.{call.operation} in [book.newstore]",
            person=True,
        )
    return _refusal(call, response, terms, REFUSALS[call.operation].get(status, "refused"))


def _success(call: Call, response: Response) -> Verdict:
    if call.operation == "get_drawer":
        return _closed_by_hand(call, response)
    try:
        return Delivered(learned(call, response))
    except Unreadable:
        # the service hands such an answer on as none at all; should one come by another way, nothing is guessed
        return Rejected(call.if_lost) if call.look is None else Asks(call.look)


def _closed_by_hand(call: Call, response: Response) -> Verdict:
    """Of a day that NewStore could not be told to end: has somebody ended it there?"""
    try:
        ended = decode(response.body, Drawer).status == "inactive"
    except Unreadable as error:
        return Later(str(error))
    return Delivered(already=True) if ended else Rejected(call.if_lost)


def _refusal(call: Call, response: Response, terms: Terms, means: Means) -> Verdict:
    said = words(response)
    match means:
        case "refused":
            return Rejected(f"NewStore would not {what(call)}: {said}")
        case "account":
            return account(response)
        case "ask_drawer":
            return Asks(Look(terms.calls.get_drawer(terms.drawers[call.place[0]]), said))
        case "ask_lost" if call.look is not None:
            return Asks(Look(call.look.request, said))
        case "ask_types":
            return Asks(Look(terms.calls.list_types(), said))
        case "had_it":
            return Delivered(already=True)
        case "no_drawer":
            return no_drawer(call, terms)
    return Rejected(f"NewStore would not {what(call)}: {said}")


def account(response: Response) -> Later:
    """401, or 403 where no record can be the cause."""
    return Later(
        f"NewStore does not let this till's API client do that ({words(response)}): check client_id in [book.newstore] "
        f"and the client's scopes in NewStore, then {RETRY}; {LOOK_AT}",
        person=True,
    )


def no_drawer(call: Call, terms: Terms) -> Later:
    ours = call.place[0]
    return Later(
        f"NewStore knows no drawer {terms.drawers[ours]!r} (drawer {ours} here): add it there, or correct "
        f"[book.newstore.drawers]; then {RETRY}",
        person=True,
    )


def what(call: Call) -> str:
    """What the request was to do, after "would not"."""
    drawer, document = call.place[0], call.place[-1]
    match call.operation:
        case "activate":
            return f"begin the day of drawer {drawer}"
        case "deactivate" | "get_drawer":
            return f"end the day of drawer {drawer}"
        case "start":
            order = order_of(call)
            return f"begin the transaction of order {order!r} ({document})"
        case "start_non_sale":
            return f"begin the {type_of(call)} {document}"
        case "track_activity":
            return f"note that drawer {drawer} moved for {document}"
        case "finish":
            return f"complete the transaction of {document}"
        case "perform_count":
            return f"begin count {document} of drawer {drawer}"
        case "record_count":
            return f"take the counted amount of count {document}"
    return f"{call.request.path.rpartition('/')[2].strip('_')} count {document}"


def order_of(call: Call) -> str:
    """The order under which a sale was told."""
    try:
        return decode(call.request.body, Start).order_id
    except Unreadable:
        return ""


def type_of(call: Call) -> str:
    """The type of a non-sale transaction."""
    try:
        return decode(call.request.body, StartNonSale).transaction_type
    except Unreadable:
        return ""


def type_now(call: Call, response: Response) -> Kind | None:
    """How the type of `call` is configured by an answer of operation 3. Raises Unreadable."""
    return kinds(decode(response.body, TransactionTypes)).get(type_of(call))
