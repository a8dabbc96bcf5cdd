"""Beside a sale's way: what each route of the API is for, what it takes and what it may answer: one table.

Only `/openapi.json` is made from it; a test holds it to the routes, and the bodies to what the handlers validate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from firmware_bridge.api import answer_schema as told
from firmware_bridge.api import day_schema, schema
from firmware_bridge.api.devices import AcceptBody
from firmware_bridge.api.document_schema import SlipBody
from firmware_bridge.api.fiscal_routes import UnjamBody
from firmware_bridge.api.order_routes import ConfirmBody, RefuseBody
from firmware_bridge.api.outbox_routes import MAX_PAGE as MAX_PARKED
from firmware_bridge.api.outbox_routes import RecordBody, RetryBody
from firmware_bridge.api.people import ActsBody
from firmware_bridge.api.requests import MAX_SEQ
from firmware_bridge.api.routes import MAX_PAGE
from firmware_bridge.api.schema import CommandBody
from firmware_bridge.page.routes import SignInBody

Media = Literal["json", "text", "png", "events", "page", "file"]


@dataclass(frozen=True, slots=True)
class Query:
    """A member of the query: a whole number within bounds, or one of `words`."""

    text: str
    least: int = 0
    most: int = MAX_SEQ
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """`answers`: status -> types, one of which it is (none: text or a picture). `problems`: the status codes of its
    refusals beside those that any request may get. `signed`: the header with a vendor's signature instead of a token.
    """

    text: str
    answers: Mapping[int, tuple[Any, ...]]
    body: type[CommandBody] | None = None
    problems: tuple[int, ...] = ()
    query: Mapping[str, Query] = field(default_factory=dict)
    media: Media = "json"
    signed: str = ""


#: 200: carried out before under this id; 201: done now; 202: durable and still at work.
_ENDS: Final = (200, 201, 202)
#: 400: not JSON, or no id; 403: a manager's; 409: refused or in doubt; 422: not valid.
_REFUSALS: Final = (400, 403, 404, 409, 422)


def _command(text: str, body: type[CommandBody], *answers: Any, meanwhile: tuple[Any, ...] = ()) -> Operation:
    """`meanwhile`: what is told of it before its end, where that is another type."""
    ends = dict.fromkeys(_ENDS, answers)
    return Operation(text, {**ends, 202: (*answers, *meanwhile, told.AtWork)}, body, _REFUSALS)


def _order(text: str, body: type[CommandBody], answer: Any) -> Operation:
    """A command that binds no id: twice leads to the same as once."""
    return Operation(f"{text} It binds no id: each time it leads to the same.", {201: (answer,)}, body, _REFUSALS)


def _look(text: str, answer: Any, *problems: int, **query: Query) -> Operation:
    return Operation(text, {200: (answer,)}, None, problems, query)


_AFTER: Final = Query("only what is behind this number of the journal")

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "sales": _command("Sell.", schema.SaleBody, told.Document),
        "returns": _command("Take goods back.", schema.ReturnBody, told.Document),
        "receipts": _look(
            "The documents, newest first.",
            told.Documents,
            400,
            limit=Query("how many on a page", 1, MAX_PAGE),
            before=Query("older than this number of the journal"),
        ),
        "receipt": _look("One document as it stands.", told.Document, 404),
        "receipt_text": Operation("Its paper as text.", {200: ()}, problems=(404,), media="text"),
        "receipt_image": Operation("Its paper as a picture.", {200: ()}, problems=(404, 422), media="png"),
        "copy": _command("Print a marked copy.", schema.CopyBody, told.Document),
        "resolve": _command("Say what a person saw of a document in doubt.", schema.ResolveBody, told.Document),
        "retry": _command("Fiscalise a paid document again that was refused.", schema.PlainBody, told.Document),
        "cash": _command("Put cash in, take it out, or say that a drawer was opened.", schema.CashBody, told.Document),
        "documents": _command("Print what is no fiscal document.", SlipBody, told.Document),
        "shifts": _command("Open the shift.", day_schema.ShiftBody, told.Shift, meanwhile=(told.Document,)),
        "shift": Operation(
            "The current shift, or the last one.",
            {200: (told.Shift, dict[str, Any])},
            problems=(400, 404),
            query={"format": Query("smartone: in the form of that register's X report", words=("smartone",))},
        ),
        "close": _command(
            "Close the shift (Z).",
            schema.ReportBody,
            told.Document,
            told.ClosedOtherwise,
            meanwhile=(told.NotYetClosed,),
        ),
        "call_off": _command("Call the closing of the shift off.", day_schema.CallOffBody, told.CalledOff),
        "x_report": _command("Take an X report.", schema.ReportBody, told.Document),
        "drawers": _look("All drawers.", told.Drawers),
        "drawer": _look("One drawer.", told.Drawer, 404),
        "open_drawer": _command("Open a drawer without a sale.", schema.OpenDrawerBody, told.DrawerAnswer),
        "activate": _command("Begin a drawer's day.", day_schema.ActivateBody, told.DayAnswer),
        "deactivate": _command("End a drawer's day.", schema.PlainBody, told.DayAnswer),
        "cashiers": _command("Say who may use a drawer.", day_schema.CashiersBody, told.DayAnswer),
        "counts": _command("Begin a count of a drawer.", day_schema.CountBody, told.Count),
        "count": _look("One count as it stands.", told.Count, 404),
        "counted": _command("Say what was counted.", day_schema.CountedBody, told.Count),
        "recount": _command("Ask for another count.", schema.PlainBody, told.Count),
        "submit_count": _command("Hand a count in.", schema.PlainBody, told.Count),
        "cancel_count": _command("Call a count off.", day_schema.CancelCountBody, told.Count),
        "status": _look("The till on one page: can it sell, and if not, why not?", told.Status),
        "outbox": _look(
            "What the books have not confirmed.",
            told.Outbox,
            400,
            limit=Query("how many set aside of each book", 1, MAX_PARKED),
            after=_AFTER,
        ),
        "outbox_retry": _order("Send what was set aside again.", RetryBody, told.OutboxDone),
        "outbox_park": _order("Set a record aside.", RecordBody, told.OutboxDone),
        "outbox_drop": _order("Give a record up: the book never gets it.", RecordBody, told.OutboxDone),
        "orders": _look("What others ordered of this till and waits, for its turn or for a person.", told.Orders),
        "order_confirm": _order("Have an ordered document made.", ConfirmBody, told.OrderSaid),
        "order_refuse": _order("Have an ordered document not made.", RefuseBody, told.OrderSaid),
        "devices": _look("The configured devices.", told.Devices),
        "accept_device": _order("Take a stranger for the till's own device.", AcceptBody, told.Device),
        "unjam": _command("Say how a jammed register goes on.", UnjamBody, told.Unjammed),
        "acts": Operation(
            "Journal what people did at the console, oldest first; for the console's own client alone.",
            {201: (told.ActsTold,)},
            ActsBody,
            (409, 422, 429),
        ),
        "events": Operation(
            "What happens, live; `Last-Event-ID` goes on where a reader stopped.",
            {200: (told.Event,)},
            problems=(400,),
            query={"after": _AFTER},
            media="events",
        ),
        "webhook_checkbox": Operation(
            "What Checkbox sends by itself, signed.", {200: (told.Heard,)}, signed="X-Request-Signature"
        ),
        "healthz": _look("Does the process answer?", told.Alive),
        "root": Operation("The status page.", {200: (), 304: ()}, media="page"),
        "metrics": Operation("The till in numbers (Prometheus, text format 0.0.4).", {200: ()}, media="text"),
        "page_file": Operation("A file of the status page.", {200: (), 304: ()}, problems=(404,), media="file"),
        "sign_in": Operation(
            "Sign in at the status page; the answer brings a cookie, and what the header Session-Key has to say.",
            {201: (told.SignedIn,)},
            SignInBody,
            (401, 422, 429),
        ),
        "session": _look("Who is signed in, or has this token, and what that role may ask for.", told.Session),
        "sign_out": Operation("Sign out.", {200: (told.SignedOut,)}, schema.PlainBody, (422,)),
        "openapi": Operation("This description.", {200: (dict[str, Any],)}),
    }
)

_IDENTITY: Final = "$response.body#/id"
_OF_A_RECEIPT: Final = ("receipt", "receipt_text", "receipt_image", "copy", "resolve", "retry")
_OF_A_COUNT: Final = ("count", "counted", "recount", "submit_count", "cancel_count")
_OF_A_DRAWER: Final = ("drawer", "open_drawer", "activate", "deactivate", "cashiers")

#: What can be asked next about what an answer names: operation -> where its id stands, and the operations for it.
LINKS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        **dict.fromkeys(("sales", "returns", "cash", "documents", "x_report", "close"), (_IDENTITY, _OF_A_RECEIPT)),
        "receipts": ("$response.body#/receipts/0/id", _OF_A_RECEIPT),
        "counts": (_IDENTITY, _OF_A_COUNT),
        "drawers": ("$response.body#/drawers/0/id", _OF_A_DRAWER),
        "orders": ("$response.body#/orders/0/id", ("order_confirm", "order_refuse")),
        "devices": ("$response.body#/devices/0/id", ("accept_device",)),
    }
)
