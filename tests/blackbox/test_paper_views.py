"""A document as the API shows it is the paper that came out: letter for letter, and dot for dot on the roll."""

from __future__ import annotations

import http.client
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firmware_bridge.played_devices import Device
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.png import black, in_base64
from tests.support.processes import QUICK, cash, line, sale, until

Json = dict[str, Any]
PICTURE = "[IMAGE]"
#: GS k's numbers.
SYMBOLOGIES = {67: "EAN13", 73: "CODE128"}
EDGE = 16
"""White dots around a picture."""
LINE = 30
"""Dots of a line of text."""
DARK = 128
#: Letters that the printer's page (cp1251) lacks, so that the till draws their lines.
FOREIGN = ["Şəkər tozu ₼", "Κρασί — Ω", "Ľubľana Čaj"]
#: What is on paper beside text, each between two lines of it.
SLIPS: dict[str, Json] = {
    "qr": {"qr": {"data": "https://shop.example/voucher/1"}},
    "barcode": {"barcode": {"symbology": "EAN13", "data": "482000000001"}},
    "narrow": {"barcode": {"symbology": "CODE128", "data": "AB-12", "text": False, "height": 40}},
    "image": {"image": {"png": in_base64(black(96, 24)), "text": "логотип"}},
    "large": {"text": "ПОДАРУНОК", "tall": True, "wide": True, "bold": True},
}


class Alphabet:
    """A letter for each different row of dots, so that one picture is found in another as a word in a text."""

    def __init__(self) -> None:
        self._letters: dict[bytes, str] = {}

    def spell(self, picture: Image.Image) -> str:
        grey = picture.convert("L")
        dots = grey.tobytes()
        rows = [dots[at : at + grey.width] for at in range(0, len(dots), grey.width)]
        return "".join([self._letters.setdefault(row, chr(0xF0000 + len(self._letters))) for row in rows])

    def dots(self, rows: str) -> list[bytes]:
        """Which dots are black, row by row."""
        back = {letter: row for row, letter in self._letters.items()}
        return [bytes(dot < DARK for dot in back[letter]) for letter in rows]


@dataclass(frozen=True, slots=True)
class View:
    """A document as GET shows it: its text, and its picture without the white around it, row by row."""

    text: str
    rows: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


@dataclass(frozen=True, slots=True)
class Roll:
    """What came out of the printer: marks and lines by piece, and all of it as a picture, row by row."""

    pieces: list[Json]
    rows: str
    views: dict[str, View]
    alphabet: Alphabet

    def piece(self, view: View) -> Json:
        """The piece of paper with the same job on its last line."""
        (found,) = (one for one in self.pieces if one["lines"] and one["lines"][-1].rstrip() == view.lines[-1])
        return found


def _bytes(desk: DeviceDesk, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(desk.till.address, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {desk.at.token}"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _view(desk: DeviceDesk, name: str, alphabet: Alphabet) -> View:
    text = _bytes(desk, f"/v1/receipts/{name}.txt")[1].decode()
    picture = Image.open(io.BytesIO(_bytes(desk, f"/v1/receipts/{name}.png")[1]))
    return View(text, alphabet.spell(picture.crop((0, EDGE, picture.width, picture.height - EDGE))))


def _day(desk: DeviceDesk, alphabet: Alphabet) -> dict[str, View]:
    """Every kind of document; those that are copied are looked at before and behind."""
    post = desk.cashier.post
    post("/v1/sales", sale("sale", line(price=4100), line("Молоко 2.5%", 5250)))
    post("/v1/sales", sale("foreign", *[line(name, price=100 + at) for at, name in enumerate(FOREIGN)]))
    post("/v1/cash", {"id": "cash", "type": "cash_pull", "amount": 100})
    back = {"id": "return", "lines": [line(price=4100)], "payments": [cash(4100)], "original": {"id": "sale"}}
    post("/v1/returns", back)
    for name, element in SLIPS.items():
        lines = [{"text": "Над цим рядком"}, element, {"text": "Під цим рядком"}, {"feed": 1}, {"text": "Кінець"}]
        post("/v1/documents", {"id": name, "kind": "voucher", "lines": lines, "title": f"Лист {name}"})
    post("/v1/reports/x", {"id": "x"})
    post("/v1/shifts/current/close", {"id": "z"})
    views = {name: _view(desk, name, alphabet) for name in ("sale", "foreign", "cash", "return", *SLIPS, "x", "z")}
    post("/v1/receipts/sale/copy", {"id": "copy", "reason": "lost"})
    return {**views, "copy": _view(desk, "sale", alphabet)}


def _roll(folder: Path, made: str, logo: bool) -> Roll:
    paper, alphabet = folder / "roll.txt", Alphabet()
    (folder / "logo.png").write_bytes(black(64, 24))
    with Device("escpos", None, (*QUICK, "--paper", str(paper))) as printer:
        section = f'[printer]\nport = "{printer.url}"\ncolumns = 42\nqr = "{made}"\nbarcodes = "{made}"\n'
        section += f'logo = "{folder / "logo.png"}"\n' if logo else ""
        at = write(folder, section + '[drawers.main]\nsense_open_level = "high"\ngap_ms = 400\n')
        with device_desk(at, *(("tests.support.odd_till", "soon", "--idle", "0.2") if logo else ())) as desk:
            desk.open_shift()
            if logo:
                until(lambda: printer.do("status")["nv_writes"] == 1, "the logo to be in the printer")
                desk.printer_is("ready")
            views = _day(desk, alphabet)
        pieces = printer.do("paper")["pieces"]
    return Roll(pieces, alphabet.spell(Image.open(paper.with_suffix(".png"))), views, alphabet)


@pytest.fixture(scope="module", params=["native", "raster"])
def roll(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Roll:
    """The paper of a day: codes are the printer's own and there is no logo, or the till draws them below one."""
    return _roll(tmp_path_factory.mktemp("roll"), request.param, request.param == "raster")


#: Documents of nothing but what a printer sets as the till knows it.
EXACT = ("sale", "copy", "cash", "return", "x", "z", "image", "large")
#: Codes that the printer makes, or the till draws.
BARS = ("barcode", "narrow")


@pytest.mark.parametrize("name", EXACT)
def test_the_picture_stands_dot_for_dot_on_the_roll_once(roll: Roll, name: str) -> None:
    assert roll.rows.count(roll.views[name].rows) == 1


def test_no_other_picture_is_found_there(roll: Roll) -> None:
    """The control: one row that is not there, two that are swapped, one document's end below another's beginning."""
    rows, other = roll.views["sale"].rows, roll.views["return"].rows
    swapped = next(at for at in range(100, len(rows)) if rows[at] != rows[at + 1])
    wrong = (
        rows[:100] + rows[101:],
        rows[:swapped] + rows[swapped + 1] + rows[swapped] + rows[swapped + 2 :],
        rows[: len(rows) // 2] + other[len(other) // 2 :],
    )
    assert [roll.rows.count(one) for one in wrong] == [0, 0, 0]


def _parts(text: str) -> list[str]:
    """The lines of a text, each box as what stands in it."""
    parts: list[str] = []
    boxed: list[str] | None = None
    for one in text.splitlines():
        if re.fullmatch(r" *\+-+\+", one):
            parts += [] if boxed is None else ["".join(boxed)]
            boxed = [] if boxed is None else None
        elif boxed is not None:
            boxed.append(one.strip().removeprefix("| ").removesuffix(" |"))
        else:
            parts.append(one.rstrip())
    return parts


def _printed(marks: list[Json]) -> list[str]:
    """What stands on the paper, in the same words; of pictures only that there is one, however many bands it has."""
    found: list[str] = []
    for mark in marks:
        if mark["kind"] == "PrintedLine":
            found.append(mark["text"].rstrip())
        elif mark["kind"] == "PrintedQr":
            found.append(f"[QR {mark['content']}]")
        elif mark["kind"] == "PrintedBarcode":
            found.append(f"[{SYMBOLOGIES[mark['symbology']]} {mark['data']}]")
        elif found[-1:] != [PICTURE]:
            found.append(PICTURE)
    return found


@pytest.mark.parametrize("name", [*EXACT, *BARS, "qr"])
def test_the_text_is_what_stands_on_the_paper_line_by_line(roll: Roll, name: str) -> None:
    view = roll.views[name]
    shown, paper = _parts(view.text), _printed(roll.piece(view)["printed"])
    assert len(shown) == len(paper)
    for ours, theirs in zip(shown, paper, strict=True):
        # the printer adds the check digit of a bar code by itself; a picture says nothing of what it shows
        code = ours.startswith("[EAN13 ") and re.fullmatch(re.escape(ours[:-1]) + r"\d\]", theirs)
        assert ours == theirs or code or (theirs == PICTURE and ours.startswith("[")), (ours, theirs)


def _black(rows: list[bytes]) -> list[bytes]:
    """Rows of black dots without the white around them; where it begins is nobody's matter here."""
    return [row.strip(b"\0") for row in rows]


@pytest.mark.parametrize("name", [*BARS, "qr"])
def test_a_code_is_the_same_code_on_the_paper_and_in_the_picture(roll: Roll, name: str) -> None:
    """A native code is where the printer centres it. A drawn one is whole bytes wide: up to a byte's half off."""
    shown = roll.views[name].rows
    head = max(end for end in range(len(shown) + 1) if shown[:end] in roll.rows)
    tail = max(end for end in range(1, len(shown) + 1) if shown[-end:] in roll.rows)
    if head == len(shown):
        return
    top = roll.rows.index(shown[:head])
    paper = roll.rows[top : top + len(shown)]
    assert paper[-tail:] == shown[-tail:], "as high, with the same text below it"
    ours, theirs = roll.alphabet.dots(shown[head:-tail]), roll.alphabet.dots(paper[head:-tail])
    if any(mark["kind"] == "PrintedQr" for mark in roll.piece(roll.views[name])["printed"]):
        # which of eight masks a printer lays over a code is its own matter; readers take it off again
        assert [len(row) for row in _black(ours[:2])] == [len(row) for row in _black(theirs[:2])]
        return
    assert _black(ours) == _black(theirs)
    assert all(abs(one.find(1) - two.find(1)) < 4 for one, two in zip(ours, theirs, strict=True))


def _likeness(one: list[bytes], two: list[bytes]) -> float:
    """Black dots of both, of all that are black in either, where the two lie best on each other."""
    width = max(map(len, one))
    tall = [*[bytes(width)] * 8, *two, *[bytes(width)] * LINE]
    best = 0.0
    for shift in range(16):
        pairs = list(zip(one, tall[shift : shift + len(one)], strict=True))
        both = sum(sum(a & b for a, b in zip(x, y, strict=True)) for x, y in pairs)
        either = sum(sum(a | b for a, b in zip(x, y, strict=True)) for x, y in pairs)
        best = max(best, both / max(1, either))
    return best


def test_letters_that_the_printer_lacks_are_the_same_letters_drawn(roll: Roll) -> None:
    """The till draws them in black dots, its picture in smooth ones: alike, and like no other line. In text they stand
    as they are. What follows them is the same dot for dot."""
    view = roll.views["foreign"]
    marks = [mark for mark in roll.piece(view)["printed"] if mark["kind"] == "PrintedImage"][-len(FOREIGN) :]
    shown = view.text.splitlines()
    at = next(number for number, text in enumerate(shown) if text.startswith(FOREIGN[0]))
    assert [text.partition("  ")[0] for text in shown[at : at + len(FOREIGN)]] == FOREIGN
    tail = next(view.rows[start:] for start in range(len(view.rows)) if view.rows[start:] in roll.rows)
    assert roll.rows.count(tail) == 1
    assert len(tail) >= (len(shown) - at - len(FOREIGN)) * LINE
    end = roll.rows.index(tail)
    begin = end - sum(mark["rows"] for mark in marks)
    top = len(view.rows) - len(tail) - len(FOREIGN) * LINE
    assert roll.rows[begin - LINE : begin] == view.rows[top - LINE : top]
    paper = []
    for mark in marks:
        paper.append(roll.alphabet.dots(roll.rows[begin : begin + mark["rows"]]))
        begin += mark["rows"]
    ours = [roll.alphabet.dots(view.rows[top + n * LINE : top + (n + 1) * LINE]) for n in range(len(FOREIGN))]
    table = [[_likeness(one, two) for two in paper] for one in ours]
    for number, row in enumerate(table):
        assert row[number] > 0.7, table
        assert row[number] == max(row), table
        assert sorted(row)[-2] < 0.6, table


def test_paper_that_a_register_prints_by_itself_is_not_made_up(tmp_path: Path) -> None:
    """Its words are its own: the till shows what it had printed there itself, and of the rest says who has it."""
    with Device("datecs", tmp_path / "register", ["--dialect", "ua", *QUICK[2:4]]) as register:
        section = f'[fiscaliser.datecs]\nport = "{register.url}"\ndialect = "ua"\ndrawer = "command"\n'
        drawer = '[drawers.main]\ndriver = "register"\n'
        with device_desk(write(tmp_path, section + drawer, letter="А")) as desk:
            desk.open_shift()
            desk.cashier.post("/v1/sales", sale("sale", line("Хліб", price=4100)))
            notice = {"id": "notice", "kind": "notice", "lines": [{"text": "Зачинено"}]}
            desk.cashier.post("/v1/documents", notice)
            for name, slug in (("sale", "no-paper"), ("never", "unknown-receipt")):
                for form in ("txt", "png"):
                    status, body = _bytes(desk, f"/v1/receipts/{name}.{form}")
                    problem = json.loads(body)
                    assert (status, problem["outcome"]) == (404, "none")
                    assert problem["type"] == f"urn:firmware-bridge:problem:{slug}"
            shown = _bytes(desk, "/v1/receipts/notice.txt")[1].decode().splitlines()
            (paper,) = (one["lines"] for one in register.do("paper")["pieces"] if "Зачинено" in one["lines"])
    squeezed = [" ".join(text.split()) for text in paper]
    assert [" ".join(text.split()) for text in shown] == squeezed[squeezed.index("НЕ ФІСКАЛЬНИЙ ДОКУМЕНТ") :][
        : len(shown)
    ]
