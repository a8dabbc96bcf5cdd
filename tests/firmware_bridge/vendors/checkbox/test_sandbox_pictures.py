"""Receipts and reports for eyes: what stands on the paper, that it keeps to its width, that pictures are pictures."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from firmware_bridge.vendors.checkbox.sandbox import font, picture, qr
from tests.firmware_bridge.vendors.checkbox.sandbox_desk import Desk, card, cash, good, refund, sale

CODES = ("TEST-000001", "TEST-000002", "TEST-000003")


@pytest.fixture
def desk() -> Desk:
    desk = Desk(offline_codes=CODES)
    desk.open_shift(cash=100000)
    return desk


def text(desk: Desk, receipt_id: str, width: int = 42) -> str:
    said = desk.get(f"/receipts/{receipt_id}/text?width={width}", Authorization=None)
    assert said.headers["content-type"] == "text/plain; charset=utf-8"
    return said.text


def test_sale_carries_every_row_that_the_law_demands(desk: Desk) -> None:
    more = {"uktzed": "2203001000", "barcode": "482", "excise_barcodes": ["ААБВ 123456"]}
    body = sale(
        goods=[good(8200, tax=["Г"], good=more, discounts=[{"type": "DISCOUNT", "mode": "VALUE", "value": 410}])],
        payments=[card(5000, card_mask="5168****1234", payment_system="VISA", auth_code="77"), cash(5000)],
        rounding_mode="ROUND_50",
        header="Вітаємо",
        footer="Дякуємо",
    )
    sold = desk.sell(body)
    rows = [" ".join(line.split()) for line in text(desk, sold["id"]).splitlines()]
    for row in (
        *("ТЕСТОВИЙ ЧЕК", "Тестова організація", "ПН 123456789012", "Вітаємо"),
        *("1.000 x 82.00", "УКТЗЕД 2203001000", "ШК 482", "АМ ААБВ 123456", "Кава 82.00 Г", "Знижка -4.10"),
        *("БЕЗГОТІВКОВА 50.00 ГРН", "Картка", "ЕПЗ 5168****1234", "ПЛАТІЖНА СИСТЕМА VISA", "ГОТІВКА 50.00 ГРН"),
        *("СУМА 77.90 ГРН", "ПДВ Г 20% 12.37", "Акцизний податок Г 5% 3.71", "Заокруглення +0.10"),
        *("До сплати 78.00 ГРН", "Решта 22.00 ГРН", "Дякуємо", f"ЧЕК № {sold['fiscal_code']}"),
        *("02.03.2026 08:00:01", "ОНЛАЙН", f"ФН ПРРО {desk.info()['fiscal_number']}", "CHECKBOX"),
    ):
        assert row in rows


def test_offline_receipt_says_so_and_shows_its_control_number(desk: Desk) -> None:
    desk.ok(desk.go_offline(CODES[0]))
    made = desk.sell_offline(CODES[1], desk.after(1)).json
    rows = [" ".join(line.split()) for line in text(desk, made["id"]).splitlines()]
    assert "ОФЛАЙН" in rows
    assert f"Контрольне число {made['control_number']}" in rows


def test_live_receipt_is_a_fiscal_one() -> None:
    desk = Desk(live=True)
    desk.open_shift()
    lines = text(desk, desk.sell()["id"])
    assert "ФІСКАЛЬНИЙ ЧЕК" in lines
    assert "ТЕСТОВИЙ" not in lines


def test_return_and_cash_in_carry_their_titles(desk: Desk) -> None:
    assert "ВИДАТКОВИЙ ЧЕК" in text(desk, desk.sell(refund())["id"])
    made = desk.post("/receipts/service", {"payment": cash(-500)}).json
    slip = text(desk, made["id"])
    assert "СЛУЖБОВЕ ВИЛУЧЕННЯ" in slip
    assert "ЧЕК №" not in slip


@pytest.mark.parametrize("width", [10, 22, 32, 42, 48, 250])
def test_text_keeps_to_its_width_and_loses_no_word(desk: Desk, width: int) -> None:
    name = "Сир твердий ваговий «Український» Надзвичайнодовгеслово"
    sold = desk.sell(sale(goods=[good(12000, good={"name": name})], header="x" * 300))
    lines = text(desk, sold["id"], width).splitlines()
    assert max(map(len, lines)) <= width
    whole = "".join("".join(lines).split())
    assert "".join(name.split()) in whole
    assert "x" * 300 in whole


def test_width_out_of_bounds_is_422(desk: Desk) -> None:
    sold = desk.sell()
    for path in (
        "text?width=9",
        "text?width=251",
        "png?width=21",
        "png?paper_width=81",
        "png?qrcode_scale=101",
        "html?simple=x",
    ):
        assert desk.get(f"/receipts/{sold['id']}/{path}").status == 422


def test_reports_as_text(desk: Desk) -> None:
    desk.sell(sale(goods=[good(12000, tax=[4])]))
    desk.sell(refund(4000, payments=[card(4000)]))
    x = desk.post("/reports").json
    shown = desk.get(f"/reports/{x['id']}/text?width=48", Authorization=None).text
    for words in ("X-ЗВІТ № 1", "НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ", "1000.00", "ПДВ+Акциз Г обіг 120.00"):
        assert words in shown
    first = desk.now
    z = desk.close_shift()["z_report"]
    assert "Z-ЗВІТ № 1" in desk.get(f"/reports/{z['id']}/text").text
    said = desk.get(
        f"/reports/periodical?from_date={first.isoformat().replace('+00:00', 'Z')}&to_date=2026-04-01T00:00:00Z"
    )
    assert "ПЕРІОДИЧНИЙ ЗВІТ" in said.text
    assert "Кількість чеків                          1" in said.text
    assert desk.get("/reports/periodical?to_date=2026-04-01T00:00:00Z").status == 422


def test_page_shows_the_text_and_the_link(desk: Desk) -> None:
    sold = desk.sell(sale(goods=[good(12000, good={"name": "<b>Кава"})]))
    said = desk.get(f"/receipts/{sold['id']}/html", Authorization=None)
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;Кава" in said.text
    assert sold["tax_url"].replace("&", "&amp;") in said.text
    assert "<style>" in said.text
    assert "<style>" not in desk.get(f"/receipts/{sold['id']}/html?simple=true").text


def opened(raw: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(raw))
    image.load()
    return image


@pytest.mark.parametrize(("columns", "paper", "width"), [(30, 58, 400), (42, 80, 576), (100, 80, 576), (22, 40, 256)])
def test_png_is_as_wide_as_its_paper(desk: Desk, columns: int, paper: int, width: int) -> None:
    sold = desk.sell()
    said = desk.get(f"/receipts/{sold['id']}/png?width={columns}&paper_width={paper}", Authorization=None)
    assert said.headers["content-type"] == "image/png"
    image = opened(said.reply.body)
    assert (image.format, image.mode, image.width) == ("PNG", "1", width)


def test_png_has_the_letters_and_the_code(desk: Desk) -> None:
    sold = desk.sell()
    with_code = opened(desk.get(f"/receipts/{sold['id']}/png").reply.body)
    without = opened(desk.get(f"/receipts/{sold['id']}/png?qrcode_scale=0").reply.body)
    lines = len(text(desk, sold["id"], 30).splitlines())
    assert without.height == lines * (400 // 30 * font.HEIGHT // font.WIDTH)
    assert with_code.height > without.height + 100
    assert (
        0.02
        < sum(1 for dot in without.tobytes() for bit in range(8) if not dot >> bit & 1)
        / (without.width * without.height)
        < 0.3
    )


def test_qrcode_picture_is_that_of_the_link(desk: Desk) -> None:
    sold = desk.sell()
    image = opened(desk.get(f"/receipts/{sold['id']}/qrcode", Authorization=None).reply.body)
    modules = qr.encode(sold["tax_url"])
    assert image.size == ((len(modules) + 8) * 6,) * 2
    for row, cells in enumerate(modules):
        for column, dark in enumerate(cells):
            assert (image.getpixel(((column + 4) * 6 + 3, (row + 4) * 6 + 3)) == 0) is dark


def test_receipt_without_a_number_has_no_code(desk: Desk) -> None:
    made = desk.sell(settled=False)
    assert desk.get(f"/receipts/{made['id']}/qrcode").status == 404
    assert desk.get(f"/receipts/{made['id']}/png").status == 200


def test_every_letter_of_the_trade_is_drawn() -> None:
    question = font.rows("?")
    for letter in "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрстуфхцчшщьюя№«»'.,:;-+%*/=x":
        assert font.rows(letter) != question
        assert len(font.rows(letter)) == font.HEIGHT
    assert font.rows("漢") == question


def test_modules_are_those_of_an_independent_encoder(seed: int) -> None:
    """Every version known here, every mask, against the qrcode package."""
    qrcode = pytest.importorskip("qrcode")
    draw = random.Random(seed)
    for length in (1, 14, 26, 40, 60, 82, 104, 120, 150, 178, 211, 249, 285, 329, 360, 412):
        content = "".join(draw.choice("abcdefghXYZ0123:/?&=%") for _ in range(length))
        for mask in range(8):
            other = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, mask_pattern=mask)
            other.add_data(qrcode.util.QRData(content.encode(), mode=qrcode.util.MODE_8BIT_BYTE))
            other.make(fit=True)
            assert qr.encode(content, mask) == [[bool(cell) for cell in row] for row in other.modules]
    with pytest.raises(ValueError, match="413 bytes are too many"):
        qr.encode("x" * 413)


def test_png_of_odd_width_is_padded_with_white() -> None:
    image = opened(picture.png([[True, False, True]]))
    assert [image.getpixel((x, 0)) for x in range(3)] == [0, 255, 0]
