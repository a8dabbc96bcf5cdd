"""After a sale: what NewStore's answer to a question about a request of its book means. Pure.

Asked is after a lost answer (`plan.LOST`), or after a refusal, whose words are in `Look.about`.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Final

from firmware_bridge.gateway.book import Call, Delivered, Later, Look, LookVerdict, NotDone, Rejected
from firmware_bridge.vendors.http import Response
from firmware_bridge.vendors.newstore.calls import ApiRequest
from firmware_bridge.vendors.newstore.case import LOST
from firmware_bridge.vendors.newstore.judge import account, no_drawer, order_of, type_now, type_of, what
from firmware_bridge.vendors.newstore.messages import (
    Drawer,
    Start,
    StartNonSale,
    StoreReport,
    Transaction,
    Unreadable,
    decode,
)
from firmware_bridge.vendors.newstore.terms import Terms
from firmware_bridge.vendors.newstore.words import RETRY, words

log = logging.getLogger(__name__)

_NOT_NOW: Final = (408, 425, 429)


def judge_look(call: Call, look: Look, response: Response, terms: Terms) -> LookVerdict:
    """The verdict on any answer to the question `look`."""
    if response.status in _NOT_NOW or response.status >= 500:
        return Later(f"NewStore answered {words(response)}")
    if response.status == 401:
        return account(response)
    try:
        match look.request.operation if isinstance(look.request, ApiRequest) else "":
            case "store_report":
                return _report(call, response)
            case "get_transaction":
                return _transaction(call, look, response)
            case "list_types":
                return _types(call, look, response)
            case _:
                return _drawer(call, look, response, terms)
    except Unreadable as error:
        return Later(str(error))


# --- the drawer -----------------------------------------------------------------------------------------------------


def _drawer(call: Call, look: Look, response: Response, terms: Terms) -> LookVerdict:
    if response.status == 404:
        return no_drawer(call, terms)
    if response.status != 200:
        return account(response)
    active = decode(response.body, Drawer).status == "active"
    if look.about == LOST:
        return _after_loss(call, active=active)
    return _not_found(call, look) if look.about.startswith("404") else _conflict(call, look, active=active)


def _after_loss(call: Call, *, active: bool) -> LookVerdict:
    """The wanted state is there: it was done. A count's state cannot be asked for: it is done again."""
    wanted = {"activate": True, "deactivate": False}.get(call.operation)
    return Delivered() if wanted is active else NotDone()


def _not_found(call: Call, look: Look) -> Rejected:
    """The drawer is there, so it is this record's matter."""
    if call.operation != "start":
        return Rejected(f"NewStore would not {what(call)}: {look.about}")
    return Rejected(
        f"NewStore would not {what(call)}: {look.about}; it may take orders of its own alone: look at the order, and "
        f"at order_id in [book.newstore], then {RETRY}"
    )


def _conflict(call: Call, look: Look, *, active: bool) -> LookVerdict:
    said, drawer = look.about, call.place[0]
    match call.operation, active:
        case "activate", True:
            # nothing of a day is sent before it was begun there: it is this one, or somebody has begun it by hand
            return Delivered(already=True)
        case "deactivate", False:
            return Delivered(already=True)
        case "deactivate", True:
            return Rejected(
                f"NewStore would not {what(call)}: {said}; finish or cancel there what is open, then {RETRY}"
            )
        case _, True:
            held = f"NewStore cannot {what(call)} while a cash count is open there ({said})"
            mine = call.operation == "perform_count"
            reason = f"{held}: it goes on when that count is over; one that is not this till's is ended in NewStore"
            return Later(reason, person=mine, steps_back=True)
    return Later(
        f"NewStore cannot {what(call)}: drawer {drawer} is not active there ({said}); activate it in NewStore, then "
        f"{RETRY}",
        person=True,
    )


# --- transactions ---------------------------------------------------------------------------------------------------


def _transaction(call: Call, look: Look, response: Response) -> LookVerdict:
    if response.status in (400, 404):
        return Rejected(f"NewStore would not {what(call)}: it does not know the transaction ({words(response)})")
    if response.status != 200:
        return account(response)
    status = decode(response.body, Transaction).status
    lost = look.about == LOST
    match status:
        case "completed":
            return Delivered(already=not lost)
        case "draft" if lost:
            return NotDone()
        case "draft":
            return Rejected(f"NewStore would not {what(call)}: {look.about}; look at it in NewStore, then {RETRY}")
    return Rejected(
        f"NewStore has the transaction of {call.place[-1]} as {status}, at the till it is certain: the books disagree; "
        "put it right in NewStore"
    )


def _report(call: Call, response: Response) -> LookVerdict:
    """No row has a transaction's id, so nothing can be taken over: the line works, and it is begun once more."""
    if response.status == 200:
        found = _like(call, decode(response.body, StoreReport))
        if found:
            log.warning(
                "%d transactions like %s stand in NewStore's report; one may be a draft that nobody finishes",
                found,
                call.place[-1],
                extra={"vendor": "newstore"},
            )
    return NotDone()


def _like(call: Call, report: StoreReport) -> int:
    """How many rows have the order (or type) and the amount of `call`."""
    if call.operation == "start":
        wanted, order, kind = decode(call.request.body, Start).amount.value, order_of(call), "sale"
    else:
        sent = decode(call.request.body, StartNonSale)
        into, out = (0 if one is None else one.value for one in (sent.amount_in, sent.amount_out))
        wanted, order, kind = Decimal(into) - Decimal(out), "", type_of(call)
    return sum(
        row.transaction_type == kind and row.amount_balance == wanted and row.order_id == order for row in report.rows
    )


def _types(call: Call, look: Look, response: Response) -> LookVerdict:
    if response.status != 200:
        return account(response)
    kind = type_now(call, response)
    if kind is None or not kind.allowed:
        return Rejected(
            f"NewStore would not {what(call)}: {look.about}; {type_of(call)} is not allowed in its settings: allow it "
            f"there, then {RETRY}"
        )
    return Later(
        f"NewStore allows {type_of(call)}, but not this till's API client ({look.about}): give it the scope in "
        f"NewStore, then {RETRY}",
        person=True,
    )
