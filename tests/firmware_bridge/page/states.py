"""Tills as the status page may find them: a backend that tells of one, and four of those who stand before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from statemachines.vocabulary.commands import Refusal
from statemachines.vocabulary.paper import Paper, TextLine
from tests.support.memory_backend import MemoryBackend

Json = dict[str, Any]

_TURNOVER: Json = {"count": 0, "total": 0, "rounding": 0, "payments": {}, "tax": []}
_FISCAL: Json = {
    "fiscaliser": "checkbox", "number": "8841277410", "date": "2026-11-21", "url": "", "offline": False, "control": "",
    "register": "4000000123", "document_no": "411", "shift_no": "37", "serial": "1", "vendor_id": "", "mac": "",
    "at": 1795250000000, "balance": None, "totals": None, "complete": True, "rrn": "", "waiting_for_delivery": False,
}  # fmt: skip


def receipt(number: int, kind: str = "sale", state: str = "paper_out", amount: int = 8200, **more: Any) -> Json:
    """A document of GET /v1/receipts."""
    totals = {
        "goods": amount, "adjustments": 0, "tax": [], "total": amount, "rounding": 0, "payable": amount,
        "paid": amount, "change": 0,
    }  # fmt: skip
    money = (
        {"totals": totals, "currency": "UAH"}
        if kind in ("sale", "return")
        else {"type": kind, "direction": "out", "amount": amount, "reason": "bank"}
    )
    return {
        "id": f"d-{number}", "kind": kind, "state": state, "number": f"{number:06}", "at": "2026-11-21T08:41:00.000Z",
        "cash_transaction": "settled", **money, "fiscal": _FISCAL,
        "paper": {"evidence": "process_id", "copies": 0, "interrupted": False, "job": f"J{number}"},
        "drawer": {"state": "closed"}, "doubts": [], "person_needed": False, "refusal": None, "seq": number, **more,
    }  # fmt: skip


def _status() -> Json:
    closing = {"state": "idle", "step": "", "waits_for": None, "reason": None}
    totals = {
        "sales": {**_TURNOVER, "count": 41, "total": 1284150},
        "returns": {**_TURNOVER, "count": 2, "total": 16400},
        "float": 100000, "cash_in": 0, "cash_out": 50000, "expected_cash": 482350,
    }  # fmt: skip
    day = {
        "id": "day-1", "state": "active", "float": 100000, "cash_in": 0, "cash_out": 50000, "expected_cash": 482350,
        "counted": None, "cashiers": [], "opened_at": "2026-11-21T06:00:00.000Z",
    }  # fmt: skip
    return {
        "till": "kyiv-17", "can_sell": True, "reasons": [],
        "printer": {
            "state": "ready", "advice": None, "paper_near_end": False, "model": "TM-T88VI", "serial": "J4EK012345"
        },
        "unfinished": [], "journal": {"seq": 4711, "hash": "ab" * 32},
        "fiscal": {
            "mode": "online", "since": "2026-11-20T19:00:00.000Z", "reason": None, "session": None,
            "text": "The register is on line.", "paper": "provisional",
            "offline": {
                "since": None, "session_s": 0, "session_limit_s": 129600, "month_s": 7200, "month_limit_s": 604800,
                "stops_before_s": 1800, "until": None, "ended_by": None,
            },
            "codes": {"free": 1990, "reserve": 10, "documents": 1980, "asked_at": "2026-11-21T06:00:00.000Z"},
            "waiting": {"count": 0, "oldest": None, "documents": [], "handed": 0, "tries": 0},
            "jammed": None, "advice": None, "clock": {"trusted": True, "offset_ms": 0, "text": ""},
        },
        "training": False,
        "shift": {
            "id": "s-1", "number": 37, "state": "open", "opened_at": "2026-11-21T06:00:00.000Z",
            "business_date": "2026-11-21", "cashier": "Олена Коваль", "totals": totals,
            "closes_at": "2026-11-22T06:00:00.000Z", "reason": None, "closing": closing,
        },
        "closing": closing,
        "drawers": [
            {
                "id": "main", "state": "closed", "opened": False, "cap_status": True,
                "cause": {"kind": "sale", "id": "d-41"}, "failure": None, "connected": True,
                "trouble": None, "day": day, "count": None,
            }
        ],
        "counts": [], "alarms": [],
    }  # fmt: skip


_BOOK: Json = {
    "book": "newstore", "state": "idle", "reason": None, "retry_at": None, "behind": 0, "lags": 0, "parked": 0,
    "held_behind": 0, "last_delivered_at": "2026-11-21T08:41:02.000Z",
}  # fmt: skip


class PageTill(MemoryBackend):
    """A till that tells what it is given. It is its own outbox and its own list of devices."""

    def __init__(self) -> None:
        super().__init__()
        self.told = _status()
        self.book = deepcopy(_BOOK)
        self.stranger: Json | None = None
        self.orders: list[tuple[str, ...]] = []
        self.documents: list[Json] = []
        well(self)

    def status(self, role: str = "") -> Json:
        return deepcopy(self.told)

    def drawers(self, role: str = "") -> list[Json]:
        return deepcopy(list(self.told["drawers"]))

    async def receipts(self, limit: int, before: int | None) -> list[Json]:
        return deepcopy(self.documents[:limit])

    async def receipt(self, document_id: str) -> Json | None:
        return next((one for one in self.documents if one["id"] == document_id), None)

    async def paper(self, document_id: str) -> tuple[Paper, str, int] | None:
        lines = (
            TextLine("ТОВ «Приклад»"), TextLine("м. Київ, вул. Прикладна, 27"), TextLine("-" * 32),
            TextLine("Хліб пшеничний"), TextLine("2 x 41.00              82.00 А"), TextLine("-" * 32),
            TextLine("СУМА 82.00", tall=True), TextLine("ПДВ А 20.00 %           13.67"),
            TextLine("ГОТІВКА                100.00"), TextLine("РЕШТА                   18.00"),
            TextLine(f"Чек {document_id}"), TextLine("ФІСКАЛЬНИЙ ЧЕК"),
        )  # fmt: skip
        return Paper(32, lines, "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ"), "A001", 0

    async def books(self) -> list[Json]:
        return [dict(self.book)]

    async def outbox(self, after: int, limit: int) -> list[Json]:
        return [{**self.book, "rows": []}]

    async def lags(self) -> list[Json]:
        return []

    async def order(self, what: str, book: str, seq: int | None, by: str) -> str | Refusal:
        self.orders.append((what, book, by))
        self.book["parked"] = 0
        return "sent again"

    def devices(self) -> Sequence[Json]:
        known = {"serial": "J4EK012345", "model": "TM-T88VI", "maker": "EPSON"}
        return [
            {
                "id": "printer", "kind": "printer", "driver": "escpos", "port": "usb:04b8:0e15",
                "known": known, "stranger": self.stranger,
            }
        ]  # fmt: skip

    async def accept(self, device: str, serial: str, by: str) -> Json | Refusal:
        self.orders.append((device, serial, by))
        self.stranger = None
        return dict(self.devices()[0])

    def happens(self) -> None:
        """One more record in the journal, so that whoever listens looks again."""
        self.told["journal"]["seq"] += 1
        seq = self.told["journal"]["seq"]
        self.happen(
            {"seq": seq, "at": "2026-11-21T08:42:00.000Z", "name": "X", "subject": "", "intention": False, "data": {}}
        )


def well(till: PageTill) -> None:
    """All is well."""
    journal = till.told["journal"]
    till.told = _status() | {"journal": journal}
    till.documents = [
        receipt(412), receipt(411, "return", amount=16400), receipt(410, amount=123450),
        receipt(409, "cash_out", amount=50000),
    ]  # fmt: skip
    till.book = deepcopy(_BOOK)
    till.stranger = None


def paper_out(till: PageTill) -> None:
    """The paper has ended in the middle of a receipt."""
    well(till)
    text = "The receipt printer has no paper: load a new roll."
    till.told |= {"can_sell": False, "reasons": [{"code": "printer-not-ready", "text": text}]}
    till.told["printer"] |= {"state": "paper_end", "advice": text, "paper_near_end": True}
    till.documents[0] = receipt(412, state="printing", cash_transaction="completed")
    till.told["alarms"] = [{"code": "drawer-left-open", "id": "main", "text": "Drawer main stands open."}]
    till.told["drawers"][0] |= {"state": "left_open", "opened": True}


def fiscal_doubt(till: PageTill) -> None:
    """Nobody knows whether the register has the last sale."""
    well(till)
    text = (
        "Whether document 000413 is in the fiscaliser is unknown (no answer): somebody has to look and answer "
        "(POST /v1/receipts/d-413/resolve)."
    )
    till.told |= {"can_sell": False, "reasons": [{"code": "fiscal-doubt", "text": text}]}
    till.told["unfinished"] = [
        {
            "id": "d-413", "kind": "sale", "number": "000413", "state": "fiscal_doubt", "cash_transaction": "draft",
            "doubt": "no answer", "person_needed": True, "advice": text,
        }
    ]  # fmt: skip
    nowhere = {"evidence": "none", "copies": 0, "interrupted": False, "job": None}
    doubtful = receipt(413, state="fiscal_doubt", cash_transaction="draft", fiscal=None, paper=nowhere)
    till.documents.insert(0, doubtful | {"doubts": ["no answer"], "person_needed": True})


def offline(till: PageTill) -> None:
    """The register has not been reached for thirty hours, the book's service neither."""
    well(till)
    text = "The register cannot be reached: the till sells without it until 20:30 at this pace, 1412 more documents."
    fiscal = till.told["fiscal"]
    fiscal |= {"mode": "offline_manual", "since": "2026-11-20T02:42:00.000Z", "reason": "timeout", "text": text}
    fiscal["offline"] |= {"session_s": 108000, "month_s": 115200, "until": "2026-11-21T14:12:00.000Z"}
    fiscal["offline"] |= {"since": "2026-11-20T02:42:00.000Z", "ended_by": "session"}
    fiscal["codes"] |= {"free": 1422, "documents": 1412}
    fiscal["waiting"] |= {"count": 568, "oldest": "2026-11-20T02:43:00.000Z"}
    till.book |= {"state": "waiting", "behind": 3400, "lags": 568, "parked": 3, "reason": "no answer"}
    made = {**_FISCAL, "offline": True, "complete": False, "waiting_for_delivery": True}
    till.documents[0] = receipt(412, fiscal=made)


STATES: dict[str, Callable[[PageTill], None]] = {
    "well": well,
    "paper-out": paper_out,
    "fiscal-doubt": fiscal_doubt,
    "offline-30h": offline,
}
