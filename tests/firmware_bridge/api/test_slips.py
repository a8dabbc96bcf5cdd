"""POST /v1/documents over real HTTP: what arrives at the rules, and what is refused with the name of the field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printers.picture import dots_of
from firmware_bridge.api.document_schema import MAX_CHARACTERS, MAX_IMAGE_ROWS, SlipBody, tidy_slip
from firmware_bridge.config import Config
from firmware_bridge.validation import Fault, InvalidError, convert
from statemachines.vocabulary.commands import PrintSlip
from statemachines.vocabulary.paper import Barcode, Image, QrCode
from statemachines.vocabulary.slip import SlipFeed, SlipText
from tests.firmware_bridge.api.wire import SALE, call, config, running
from tests.support.memory_backend import MemoryBackend
from tests.support.png import black, in_base64

PAN = "4111 1111 1111 1111"
MASKED = "4111 11** **** 1111"
NAMES = ("text", "align", "tall", "wide", "bold", "barcode", "qr", "image", "feed", "symbology", "png", "height")
Talk = Callable[[int, MemoryBackend], Awaitable[None]]


def over_api(talk: Talk, settings: Config | None = None) -> None:
    async def scenario() -> None:
        backend = MemoryBackend()
        async with running(backend, settings) as api:
            await talk(api.port, backend)

    asyncio.run(scenario())


def body(*lines: Any, **more: Any) -> dict[str, Any]:
    return {"id": "d-1", "kind": "card_slip", "lines": list(lines) or [{"text": "APPROVED"}], **more}


def posted(content: Any, status: int = 201, settings: Config | None = None, role: str = "cashier") -> Any:
    """Send it; the command that came of it, or the problem."""
    found: list[Any] = []

    async def talk(port: int, backend: MemoryBackend) -> None:
        reply = await call(port, path="/v1/documents", body=content, role=role)
        assert reply.status == status, reply.body
        found.append(reply.json if status != 201 else backend.commands[0][0])
        if status != 201:
            assert backend.commands == []

    over_api(talk, settings)
    return found[0]


def fault(content: Any) -> tuple[str, str]:
    """The one field that is wrong, and the sentence about it."""
    problem = posted(content, 422)
    assert (problem["type"], problem["outcome"]) == ("urn:firmware-bridge:problem:invalid", "none")
    assert "nothing happened" in problem["detail"]
    (one,) = problem["errors"]
    return one["field"], one["text"]


# --- what arrives -----------------------------------------------------------------------------------------------------


def test_every_field_arrives() -> None:
    command = posted(
        body(
            {"text": "SUM", "align": "right", "tall": True, "wide": True, "bold": True},
            {"text": ""},
            {"feed": 3},
            {"qr": {"data": "https://example.test"}},
            {"barcode": {"symbology": "EAN13", "data": "482000000001", "height": 60, "text": False}},
            {"image": {"png": in_base64(black(9, 2)), "text": "logo"}},
            kind="voucher",
            title="Знижка",
            language="en",
            cashier="olha",
            **{"for": "s-1"},
        )
    )
    assert isinstance(command, PrintSlip)
    slip = command.slip
    assert slip.elements == (
        SlipText("SUM", "right", tall=True, wide=True, bold=True),
        SlipText(""),
        SlipFeed(3),
        QrCode("https://example.test"),
        Barcode("482000000001", "EAN13", 60, 3, readable=False),
        Image(9, b"\xff\x80" * 2, "logo"),
    )
    assert (slip.document_id, slip.kind, slip.number, slip.language) == ("d-1", "voucher", "", "en")
    assert (slip.title, slip.sale_id, slip.operator.id) == ("Знижка", "s-1", "olha")


def test_elements_is_another_name_for_lines() -> None:
    content = {"id": "d-1", "kind": "kitchen", "elements": [{"text": "2 x Borshch"}]}
    assert posted(content).slip.elements == (SlipText("2 x Borshch"),)


def test_the_answer_tells_where_to_look() -> None:
    async def talk(port: int, _: MemoryBackend) -> None:
        reply = await call(port, path="/v1/documents", body=body())
        assert (reply.status, reply.headers["location"]) == (201, "/v1/receipts/d-1")
        assert (await call(port, path="/v1/documents", body=body())).status == 200
        assert (await call(port, path="/v1/documents", body=body({"text": "DECLINED"}))).status == 409

    over_api(talk)


@pytest.mark.parametrize(("role", "status"), [("manager", 201), ("technician", 403), ("observer", 403)])
def test_cashiers_and_managers_may_print(role: str, status: int) -> None:
    posted(body(), status, role=role)


@pytest.mark.parametrize("width", [dots_of(32), 1])
def test_a_picture_may_be_as_wide_as_the_paper(width: int) -> None:
    narrow = config_of(32)
    command = posted(body({"image": {"png": in_base64(black(width, 3))}}), settings=narrow)
    assert command.slip.elements[0].width == width


def config_of(columns: int | None) -> Config:
    """A till with a printer of so many columns, or without one."""
    return config() if columns == 42 else _with_printer(columns)


def _with_printer(columns: int | None) -> Config:

    settings = config()
    if columns is None:
        return msgspec.structs.replace(settings, printer=None, drawers={})
    assert settings.printer is not None
    return msgspec.structs.replace(settings, printer=msgspec.structs.replace(settings.printer, columns=columns))


# --- what does not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "field", "text"),
    [
        ([{"text": "a", "feed": 1}], "lines[0]", "exactly one of"),
        ([{}], "lines[0]", "exactly one of"),
        ([{"text": "a"}, {"feed": 2, "bold": True}], "lines[1]", "only beside text"),
        ([{"text": "a\nb"}], "lines[0].text", "control characters"),
        ([{"text": "a" * 257}], "lines[0].text", "256"),
        ([{"text": "a" * 250}] * 33, "lines", str(MAX_CHARACTERS)),
        ([{"text": "a"}] * 201, "lines", "200"),
        ([{"feed": 21}], "lines[0].feed", "20"),
        ([{"text": "a", "align": "justified"}], "lines[0].align", "left, centre, right"),
        ([{"qr": {"data": ""}}], "lines[0].qr.data", "empty"),
        ([{"qr": {"data": "a\r\nb"}}], "lines[0].qr.data", "control characters"),
        ([{"qr": {"data": "Ї" * 251}}], "lines[0].qr.data", "500 bytes"),
        ([{"barcode": {"symbology": "EAN13", "data": "4820000000018"}}], "lines[0].barcode.data", "last digit"),
        ([{"barcode": {"symbology": "EAN13", "data": "48200000001x"}}], "lines[0].barcode.data", "EAN13"),
        ([{"barcode": {"symbology": "QR", "data": "1"}}], "lines[0].barcode.symbology", "CODE128"),
        ([{"barcode": {"symbology": "CODE39", "data": "A" * 40}}], "lines[0].barcode.data", "wider than the paper"),
        ([{"barcode": {"symbology": "ITF", "data": "123"}}], "lines[0].barcode.data", "even number"),
        ([{"barcode": {"symbology": "CODE128", "data": "Ї"}}], "lines[0].barcode.data", "blank to ~"),
        ([{"barcode": {"symbology": "ITF", "data": "12", "height": 7}}], "lines[0].barcode.height", "8"),
        ([{"image": {"png": "no base64!"}}], "lines[0].image.png", "base64"),
        ([{"image": {"png": in_base64(b"GIF89a" + bytes(40))}}], "lines[0].image.png", "no PNG"),
        ([{"image": {"png": in_base64(black(700, 2))}}], "lines[0].image.png", "700 x 2"),
        ([{"image": {"png": in_base64(black(8, 2000))}}], "lines[0].image.png", str(MAX_IMAGE_ROWS)),
        ([{"image": {"png": in_base64(black(8, 700))}}] * 2, "lines[1].image.png", "1400 dots high together"),
        ([{"image": {"png": in_base64(black(8, 8))}}] * 5, "lines", "4 pictures"),
        ([{"text": "Фіскальний чек"}], "lines[0].text", "title of a fiscal document"),
        ([{"text": "ok"}, {"text": ";4111111111111111=25121011?"}], "lines[1].text", "magnetic stripe"),
        ([{"text": "CVV 123"}], "lines[0].text", "verification code"),
        ([{"qr": {"data": PAN}}], "lines[0].qr.data", "card number"),
        ([{"barcode": {"symbology": "CODE128", "data": "4111111111111111"}}], "lines[0].barcode.data", "card number"),
    ],
)
def test_what_cannot_be_printed_is_named(lines: list[Any], field: str, text: str) -> None:
    found = fault(body(*lines))
    assert found[0] == field
    assert text in found[1]


@pytest.mark.parametrize(
    ("more", "field", "text"),
    [
        ({"kind": "receipt"}, "kind", "card_slip, kitchen, voucher, notice"),
        ({"for": "no such id!"}, "for", "the id of a sale"),
        ({"language": "de"}, "language", "en, ru, uk"),
        ({"title": "ФІСКАЛЬНИЙ ЧЕК"}, "title", "title of a fiscal document"),
        ({"title": "CVC 123"}, "title", "verification code"),
        ({"lines": []}, "lines", "at least one"),
        ({"elements": [{"text": "b"}]}, "lines", "elements none beside it"),
        ({"belongs": "s-1"}, "belongs", "is not known here"),
    ],
)
def test_what_is_wrong_beside_the_lines_is_named(more: dict[str, Any], field: str, text: str) -> None:
    found = fault({**body(), **more})
    assert found[0] == field
    assert text in found[1]


def test_every_fault_is_told_at_once() -> None:
    problem = posted(body({"text": "CVV 123"}, {"text": "x"}, {"text": "4111111111111111=2512101"}), 422)
    assert [one["field"] for one in problem["errors"]] == ["lines[0].text", "lines[2].text"]


def test_a_body_larger_than_the_limit_is_refused() -> None:
    posted(body({"image": {"png": "A" * 65_000}}, {"text": "x" * 250}, {"text": "y" * 250}), 413)


def test_a_till_without_a_printer_says_so() -> None:
    problem = posted(body(), 409, config_of(None))
    assert problem["type"].endswith(":no-printer")
    assert problem["outcome"] == "none"
    assert "neither a receipt printer nor a register" in problem["detail"]


def test_an_id_that_a_document_has_is_not_answered_with_nothing_happened() -> None:
    async def talk(port: int, _: MemoryBackend) -> None:
        assert (await call(port, path="/v1/documents", body=body())).status == 201
        reply = await call(port, path="/v1/documents", body=body({"barcode": {"symbology": "ITF", "data": "1"}}))
        assert (reply.status, reply.json["type"]) == (409, "urn:firmware-bridge:problem:id-reused")

    over_api(talk)


parts = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.text(max_size=20),
    st.sampled_from(["left", "EAN13", "notice", PAN]),
)
things = st.recursive(
    parts,
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(st.sampled_from([*NAMES, "elements", "kind", "title", "for", "data"]), inside, max_size=4),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), things, max_size=5), things)
def test_whatever_is_sent_becomes_a_body_or_faults(element: dict[str, Any], lines: Any) -> None:
    for told in (lines, [element], [element, lines]):
        faults: tuple[Fault, ...] = ()
        try:
            tidy_slip(convert({"kind": "card_slip", "lines": told}, SlipBody))
        except InvalidError as error:
            faults = error.faults
        assert all(fault.sentence() for fault in faults)


# --- card numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["card_slip", "kitchen", "notice"])
def test_card_numbers_are_cut_before_anything_hears_of_them(kind: str) -> None:
    told = body({"text": f"PAN {PAN}"}, {"image": {"png": in_base64(black(8, 8)), "text": PAN}}, kind=kind, title=PAN)
    slip = posted(told).slip
    assert (slip.title, slip.elements[0].text, slip.elements[1].text) == (MASKED, f"PAN {MASKED}", MASKED)


def test_a_voucher_keeps_its_number() -> None:
    told = body({"text": PAN}, {"qr": {"data": PAN}}, kind="voucher")
    assert posted(told).slip.elements == (SlipText(PAN), QrCode(PAN))


def test_a_voucher_is_no_way_around_for_a_stripe() -> None:
    problem = posted(body({"text": "4111111111111111=2512101"}, kind="voucher"), 422)
    assert "magnetic stripe" in problem["detail"]
    assert "4111111111111111" not in json.dumps(problem)


def digests(path: str, *contents: Any) -> list[bytes]:
    """What the journal would keep of requests that differ in what was taken out of them."""
    found: list[bytes] = []

    async def talk(port: int, backend: MemoryBackend) -> None:
        for number, content in enumerate(contents):
            assert (await call(port, path=path, body={**content, "id": f"x-{number}"})).status == 201
        found.extend(digest for _, digest, _ in backend.commands)

    over_api(talk)
    return found


def test_not_even_a_digest_is_made_of_a_whole_card_number() -> None:
    other = "4111 1100 0000 1111"  # the same six and four; whoever knows the rest of the slip could try them all
    one, two, three = digests("/v1/documents", *(body({"text": text}) for text in (PAN, MASKED, other)))
    assert one == two
    assert three != one  # this one is no card number


def paid(*lines: str) -> dict[str, Any]:
    return {**SALE, "payments": [{"type": "card", "amount": 4200, "slip": list(lines)}]}


def test_the_slips_of_a_sales_payments_are_cut_by_the_same_function() -> None:
    one, two = digests("/v1/sales", paid(f"PAN {PAN}"), paid(f"PAN {MASKED}"))
    assert one == two


def test_a_sale_whose_terminals_slip_holds_a_stripe_is_refused_by_field() -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        for path, content in (("/v1/sales", {}), ("/v1/returns", {"reason": "torn"})):
            told = {**paid("ok", ";4111111111111111=25121011?"), **content}
            reply = await call(port, path=path, body=told)
            assert reply.status == 422
            assert [one["field"] for one in reply.json["errors"]] == ["payments[0].slip[1]"]
            assert "4111111111111111" not in reply.body.decode()
        assert backend.commands == []

    over_api(talk)


@pytest.mark.parametrize("path", ["/v1/sales", "/v1/cash", "/v1/reports/x"])
def test_a_language_in_which_no_paper_can_be_made_is_refused(path: str) -> None:
    async def talk(port: int, backend: MemoryBackend) -> None:
        contents = {"/v1/sales": SALE, "/v1/cash": {"type": "cash_pull", "amount": 5}, "/v1/reports/x": {}}
        reply = await call(port, path=path, body={**contents[path], "id": "x", "language": "de"})
        assert reply.status == 422
        assert [one["field"] for one in reply.json["errors"]] == ["language"]
        assert backend.commands == []

    over_api(talk)
