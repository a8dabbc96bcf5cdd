"""The client knows every route of the till that is meant for a program, with the types that the till has for it."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from firmware_bridge.api.answer_schema import ClosedOtherwise, Document
from firmware_bridge.api.operations import OPERATIONS
from firmware_bridge.api.table import BY_NAME, ROUTES
from firmware_bridge.client.errors import TillError, Untold
from firmware_bridge.client.till import Till
from tests.firmware_bridge.client.scripted import Clock, answer, client, document, problem, raw, scripted, whole

#: Routes that no method is for, and why.
LEFT_OUT = {
    "acts": "the console hands over what people did there; no till program has such a thing to tell",
    "openapi": "for tools that make clients: this is one",
    "metrics": "for a monitoring system, in its own format",
    "sign_in": "of the status page in a browser; a program has a token",
    "sign_out": "of the status page in a browser",
    "root": "the status page",
    "page_file": "of the status page",
    "webhook_checkbox": "the vendor calls it, with a signature",
}
#: Each method with arguments for it -> the route that it has to ask. Plain values are checked by the route's own type.
SALE = {
    "lines": [{"code": "1", "name": "Bread", "price": 100, "quantity": 1000, "tax_group": "a"}],
    "payments": [{"type": "cash", "amount": 100}],
}
CALLS: dict[str, tuple[Callable[[Till], object], ...]] = {
    "sales": (lambda till: till.sell(SALE),),
    "returns": (lambda till: till.take_back(SALE),),
    "cash": (lambda till: till.move_cash({"type": "cash_pull", "amount": 100}),),
    "documents": (lambda till: till.print_slip({"kind": "notice", "lines": [{"text": "closed"}]}),),
    "x_report": (lambda till: till.x_report(),),
    "receipts": (lambda till: till.receipts(7, 99), lambda till: list(till.all_receipts())),
    "receipt": (lambda till: till.receipt("it"),),
    "receipt_text": (lambda till: till.receipt_text("it"),),
    "receipt_image": (lambda till: till.receipt_image("it"),),
    "copy": (lambda till: till.copy("it", {"reason": "torn"}),),
    "resolve": (lambda till: till.resolve("it", {"verdict": "printed", "evidence": "seen"}),),
    "retry": (lambda till: till.retry("it"),),
    "shifts": (lambda till: till.open_shift({"float_amount": 100}),),
    "shift": (lambda till: till.shift(),),
    "close": (lambda till: till.close_shift(),),
    "call_off": (lambda till: till.call_off_closing({"reason": "one more"}),),
    "drawers": (lambda till: till.drawers(),),
    "drawer": (lambda till: till.drawer("it"),),
    "open_drawer": (lambda till: till.open_drawer("it", {"reason": "change"}),),
    "activate": (lambda till: till.activate_drawer("it", {"float_amount": 100}),),
    "deactivate": (lambda till: till.deactivate_drawer("it"),),
    "cashiers": (lambda till: till.assign_cashiers("it", {"cashiers": ["olena"]}),),
    "counts": (lambda till: till.start_count({"reason": "intra_day_balance"}),),
    "count": (lambda till: till.count("it"),),
    "counted": (lambda till: till.record_count("it", {"counted": 100}),),
    "recount": (lambda till: till.recount("it"),),
    "submit_count": (lambda till: till.submit_count("it"),),
    "cancel_count": (lambda till: till.cancel_count("it", {"reason": "a mistake"}),),
    "status": (lambda till: till.status(),),
    "session": (lambda till: till.whoami(),),
    "healthz": (lambda till: till.alive(),),
    "devices": (lambda till: till.devices(),),
    "accept_device": (lambda till: till.accept_device("it", {"serial": "1"}),),
    "unjam": (lambda till: till.unjam({"verdict": "deliver_again", "evidence": "put right"}),),
    "outbox": (lambda till: till.outbox(7, 99),),
    "outbox_retry": (lambda till: till.retry_outbox("it"),),
    "outbox_park": (lambda till: till.park_outbox("it", {"seq": 1}),),
    "outbox_drop": (lambda till: till.drop_outbox("it", {"seq": 1}),),
    "orders": (lambda till: till.orders(),),
    "order_confirm": (lambda till: till.confirm_order("it"),),
    "order_refuse": (lambda till: till.refuse_order("it", {"reason": "no"}),),
    "events": (lambda till: list(till.events(5)),),
}


def test_every_route_has_its_method_or_a_reason_why_not() -> None:
    assert CALLS.keys() | LEFT_OUT.keys() == BY_NAME.keys()
    assert not CALLS.keys() & LEFT_OUT.keys()


def test_every_method_of_the_client_is_for_a_route() -> None:
    public = {name for name, _ in inspect.getmembers(Till, inspect.isfunction) if not name.startswith("_")}
    used = {name for calls in CALLS.values() for call in calls for name in call.__code__.co_names} & public
    assert used == public


def test_every_public_method_says_what_it_is_for() -> None:
    for name, method in inspect.getmembers(Till, inspect.isroutine):
        assert name.startswith("_") or inspect.getdoc(method), name


@pytest.mark.parametrize("name", CALLS)
def test_a_method_asks_its_route_with_what_the_till_takes_there(name: str) -> None:
    """The path, the method, and a body that the till's own type takes."""
    route, operation = BY_NAME[name], OPERATIONS[name]
    for call in CALLS[name]:
        with scripted(answer(200, document("it")) if name != "events" else problem("not-found", 404)) as till:
            asker = client(till.port, Clock())
            with suppress(TillError):  # what the script answers is not what is looked at here
                call(asker)
            asked = till.asked[0]
            path, _, query = asked.path.partition("?")
            assert asked.method == route.method
            assert re.fullmatch(_pattern(route.path), path), (asked.path, route.path)
            assert {part.partition("=")[0] for part in query.split("&") if part} <= operation.query.keys()
            assert _taken_by(asked.method, path) == name
            if operation.body is not None:
                found = msgspec.json.decode(asked.body, type=operation.body)
                assert found.id == "id-1"


def test_what_a_method_gives_back_is_what_its_route_answers() -> None:
    """Of those that answer JSON: the type of the method stands among those of the operation."""
    bodies = {one.body.__name__: one.body for one in OPERATIONS.values() if one.body is not None}
    for name, calls in CALLS.items():
        operation = OPERATIONS[name]
        (method,) = {
            word
            for word in calls[0].__code__.co_names
            if hasattr(Till, word) and inspect.isfunction(getattr(Till, word))
        }
        hint = typing.get_type_hints(getattr(Till, method), localns=bodies)["return"]
        given = set(typing.get_args(hint)) if isinstance(hint, types.UnionType) else {hint}
        kinds = {kind for status in (200, 201) for kind in operation.answers.get(status, ())}
        if not kinds or operation.media != "json":
            continue
        members = [field.type for kind in kinds if _struct(kind) for field in msgspec.structs.fields(kind)]
        assert given <= {*kinds, *members}, (method, given, kinds)
        assert len(given) == len(kinds - {dict[str, Any]}), "what the till may answer is all there"


def test_the_answers_of_a_till_become_their_types() -> None:
    with scripted(answer(200, document("it", new_member="of a later release"))) as till:
        found = client(till.port, Clock()).receipt("it")
        assert (found.id, found.paper.evidence, found.fiscal) == ("it", "process_id", None)
    page = [{"receipts": [document(f"r-{at}", seq=at) for at in (9, 8)], "next": "/v1/receipts?limit=2&before=8"}]
    page.append({"receipts": [document("r-3", seq=3)]})
    with scripted(answer(200, page[0]), answer(200, page[1])) as till:
        assert [one.id for one in client(till.port, Clock()).all_receipts(2)] == ["r-9", "r-8", "r-3"]
        assert [one.path for one in till.asked] == ["/v1/receipts?limit=2", "/v1/receipts?limit=2&before=8"]
    with scripted(raw(whole(200, "Хліб\n".encode(), "text/plain; charset=utf-8"))) as till:
        assert client(till.port, Clock()).receipt_text("it") == "Хліб\n"
    with scripted(raw(whole(200, b"\x89PNG", "image/png"))) as till:
        assert client(till.port, Clock()).receipt_image("it") == b"\x89PNG"


def test_a_shift_that_ended_otherwise_is_told_as_what_it_is() -> None:
    with scripted(answer(200, {"id": "z-1", "shift": "shift-1", "forced": True})) as till:
        found = client(till.port, Clock()).close_shift({"id": "z-1"})
    assert isinstance(found, ClosedOtherwise)
    assert (found.shift, found.forced) == ("shift-1", True)
    with scripted(answer(200, document("z-1", kind="shift_report"))) as till:
        assert isinstance(client(till.port, Clock()).close_shift({"id": "z-1"}), Document)
    with scripted(answer(200, {"id": "z-1"})) as till, pytest.raises(Untold):
        client(till.port, Clock()).close_shift({"id": "z-1"})


def _struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _pattern(path: str) -> str:
    return re.sub(r"\{\w+:((?:[^{}]|\{[^{}]*\})*)\}", r"\1", path)


def _taken_by(method: str, path: str) -> str:
    """The route that a till takes this to: the first that fits."""
    return next(route.name for route in ROUTES if route.method == method and re.fullmatch(_pattern(route.path), path))
