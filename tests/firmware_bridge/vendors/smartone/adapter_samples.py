"""The page's X report as values, and the shapes it must have."""

from __future__ import annotations

import base64
import copy
import io
import json
from pathlib import Path
from typing import Any, Final

from PIL import Image as Pictures
from PIL import ImageDraw

#: The page's sample, whose values are words: "integer, …", "string, …", "boolean, …".
PAGE: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "seed_samples.json").read_text("utf-8"))["x_report"]

#: A report of the page's form: 300.00 at the begin, three sales over 118.00 (20.00 by card), 50.00 taken out.
DATA: Final[dict[str, Any]] = {
    "shift_open": True,
    "shift_id": 17,
    "cash": 34800,
    "shift_totals": {
        "startShift": {"openTime": "2026-03-02 09:00:00", "cash": 30000, "openOrdersCnt": 0},
        "endShift": {"closeTime": "2026-03-02 13:05:31", "cash": 34800, "operCount": 4, "openOrdersCnt": 0},
        "firstDocNumber": 101,
        "lastDocNumber": 104,
        "totals": {"sale": {"count": 3, "amount": 11800}, "withdraw": {"count": 1, "amount": 5000}},
        "taxes": {
            "sale": {"A": {"taxCode": "A", "taxVal": 1800, "taxName": "ƏDV 18%", "amount": 11800, "taxAmount": 1800}}
        },
        "payments": {
            "sale": {
                "C": {"count": 3, "amount": 12000, "change": 2200},
                "V": {"count": 1, "amount": 2000, "change": 0},
            }
        },
    },
}


def data(**changes: Any) -> dict[str, Any]:
    """DATA with changes; "a.b.c" is written a__b__c."""
    made = copy.deepcopy(DATA)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = made
        for name in way:
            place = place[name]
        place[last] = value
    return made


def jpeg(width: int, height: int, box: tuple[int, int, int, int] | None = None, kind: str = "JPEG") -> str:
    """White paper with one black box, in Base64."""
    picture = Pictures.new("RGB", (width, height), "white")
    if box is not None:
        ImageDraw.Draw(picture).rectangle(box, fill="black")
    raw = io.BytesIO()
    picture.save(raw, kind, quality=85)
    return base64.b64encode(raw.getvalue()).decode()


def renamed(made: dict[str, Any]) -> dict[str, Any]:
    """The same in the spelling of the page's table."""
    end = made["shift_totals"]["endShift"]
    end["Cash"], end["operaCount"] = end.pop("cash"), end.pop("operCount")
    return made


def same_form(ours: Any, page: Any) -> bool:
    """Has `ours` exactly the keys of the page, and under each what its words say? Maps by letter have any letters."""
    if isinstance(page, dict):
        letters = set(page) <= {"A", "C"}
        keys = isinstance(ours, dict) and (letters or list(page) == list(ours))
        return keys and all(same_form(value, page.get(name, next(iter(page.values())))) for name, value in ours.items())
    kind = {"integer": int, "string": str, "boolean": bool}[page.partition(",")[0]]
    return type(ours) is kind
