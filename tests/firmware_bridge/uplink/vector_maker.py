"""The vectors: contents and bodies both written out by hand, put into bytes by the other implementation.

`python -m tests.firmware_bridge.uplink.vector_maker > firmware_bridge/uplink/vectors.jsonl`
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.firmware_bridge.uplink.other import genesis, link, pack, seal, unpack, unseal

_ANN = {"id": "7", "name": "Ганна", "role": "cashier"}
_HEAD = {"actor": _ANN, "cause": "c-1"}
_NEXT = [900, "event", "DrawerWeighed", "drawer_id grams# by:Person scales:Scales*"]
_SCALES = [901, "value", "Scales", "maker model"]
_FISCALISE = (
    "document_id fiscal_doc_id receipt:Receipt move:CashMove attempt# opening:ShiftOpening report:Report "
    "before:FiscalStamp requested_at#"
)
_STAMP = (
    "fiscaliser number date url offline# control register document_no shift_no serial vendor_id mac at# balance# "
    "totals:StampTotals complete# rrn"
)

Body = tuple[int, str, str, Any]


def _event(at: int, mono: int, name: str, fields: dict[str, Any], header: dict[str, Any] | None = None) -> list[Any]:
    return [1, "event", name, {"at": at, "mono": mono, **(header or _HEAD)}, fields]


def _cases() -> list[tuple[str, dict[str, Any], list[Body]]]:
    system = {"actor": None, "cause": ""}
    started = _event(1000, 400, "TillStarted", {"till_id": "UA-17", "boot_id": "b1", "version": "1"}, system)
    moved = {
        "document_id": "doc-1", "type": "cash_pull", "direction": "out", "amount": 5000, "origin": "operator",
        "drawer_id": "main", "day_id": "shift-1:main", "reason": "банк",
    }  # fmt: skip
    settled = {"document_id": "doc-1", "why": "no_drawer", "drawer_id": "main", "day_id": "shift-1:main"}
    opened = {"document_id": "c-1", "drawer_id": "main", "day_id": "shift-1:main", "reason": "", "forced": False}
    paper = {
        "columns": 32,
        "blocks": [{"": "TextLine", "text": "Кава", "tall": False}, {"": "QrCode", "content": "u", "module": 5}],
        "end_label": "КІНЕЦЬ", "copy_label": "КОПІЯ", "void_label": "НЕДІЙСНО", "mark_at": 1,
    }  # fmt: skip
    prints = {"document_id": "doc-1", "job_id": "0001", "paper": paper, "copy_no": 0, "kick": None}
    weighed = {"drawer_id": "main", "grams": 812, "by": _ANN, "scales": [{"maker": "A", "model": "B"}]}
    longer = {"drawer_id": "main", "at_night": True}
    verbatim = pack([2, "event", "Later", {}, {"x": 1.5 > 1}])
    dots = {"": "Image", "width": 9, "data": b"\x80\x80\x00\x00", "text": ""}
    bars = {
        "": "Barcode", "content": "12345670", "symbology": "EAN8", "height": 60, "module": 2, "readable": True,
    }  # fmt: skip
    words = {"": "SlipText", "text": "Сума 5.00", "align": "centre", "tall": True, "wide": False, "bold": False}
    slip = {
        "document_id": "d-1", "kind": "card_slip", "number": "D7", "language": "uk", "operator": _ANN,
        "elements": [words, {"": "SlipFeed", "lines": 2}, {"": "QrCode", "content": "u", "module": 5}, bars, dots],
        "title": "", "sale_id": "doc-1", "sale_number": "000007",
    }  # fmt: skip
    wide = {"": "TextLine", "text": "Сума 5.00", "tall": False, "wide": True, "bold": True}
    strip = {
        "columns": 32, "blocks": [wide, bars, dots],
        "end_label": "КІНЕЦЬ", "copy_label": "КОПІЯ", "void_label": "НЕДІЙСНО", "mark_at": 0,
    }  # fmt: skip
    slip_prints = {"document_id": "d-1", "job_id": "0002", "paper": strip, "copy_no": 0, "kick": None}
    asked = {"document_id": "d-1", "slip": slip}
    belongs = {"sale_id": "doc-1", "slip_id": "d-1", "number": "D7", "kind": "card_slip", "content": "ab"}
    offline = {
        "to": "offline_manual", "reason": "no route", "session_id": "offline-5", "code": "TEST-1", "fiscal_at": 5000,
    }  # fmt: skip
    bound = {
        "document_id": "doc-1", "code": {"value": "TEST-2", "serial": 71}, "fiscal_at": 5000, "reserved": False,
    }  # fmt: skip
    stamp = {
        "fiscaliser": "checkbox", "number": "TEST-2", "date": "1970-01-01T00:00:05+00:00", "url": "", "offline": True,
        "control": "9933", "register": "TEST1", "document_no": "", "shift_no": "1", "serial": "", "vendor_id": "",
        "mac": "", "at": 5000, "balance": None, "totals": None, "complete": True,
    }  # fmt: skip
    delivered = {"document_id": "doc-1", "stamp": stamp}
    move = {
        "document_id": "doc-1", "type": "cash_pull", "direction": "out", "amount": 5000, "currency": "BYN",
        "language": "ru", "reason": "банк", "operator": _ANN, "drawer_id": "main", "number": "7", "counterpart": "",
        "origin": "operator",
    }  # fmt: skip
    charged = {**stamp, "fiscaliser": "ikassa", "number": "A1", "offline": False, "control": "", "rrn": "6120"}
    dated = {
        "document_id": "doc-1", "fiscal_doc_id": "doc-1", "receipt": None, "move": move, "attempt": 1,
        "opening": None, "report": None, "before": charged, "requested_at": 4000,
    }  # fmt: skip
    of_moved = [0, "cash_pull", "out", 5000, "operator", 2, 3, "банк"]
    return [
        (
            "one event, nothing said twice",
            {"records": [[50, 1000, "", 600, [None, ""], "UA-17", "b1", "1"]]},
            [(1000, "", "TillStarted", started)],
        ),
        (
            "a person, a text and a header said once; times as differences",
            {
                "strings": ["doc-1", "Ганна", "main", "shift-1:main"],
                "values": [[2, "7", 1, "cashier"], [1, 0, "c-1"]],
                "records": [[76, 1000, 0, 600, 1, *of_moved], [74, 25, 0, -5, 1, 0, "no_drawer", 2, 3]],
            },
            [
                (1000, "doc-1", "CashMoved", _event(1000, 400, "CashMoved", moved)),
                (1025, "doc-1", "CashMoveSettled", _event(1025, 430, "CashMoveSettled", settled)),
            ],
        ),
        (
            "an intention; blocks of two classes; fields that a later release added are absent",
            {"records": [[40, 9, "doc-1", "doc-1", "0001", [32, [[0, "Кава", False], [1, "u", 5]], "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНО", 1], 0, None]]},  # noqa: E501 - one record a list
            [(9, "doc-1", "Print", [1, "intention", "Print", {}, prints])],
        ),
        (
            "a body that no table spells, verbatim; times before 1970",
            {"records": [[0, -7, "s", "Later", verbatim]]},
            [(-7, "s", "Later", verbatim)],
        ),
        (
            "kinds and a field younger than the reader, told by the envelope",
            {
                "told": [_NEXT, _SCALES, [92, "event", "DrawerForced", "drawer_id at_night#"]],
                "records": [
                    [900, 1000, "", 600, [["7", "Ганна", "cashier"], "c-1"], "main", 812, ["7", "Ганна", "cashier"], [["A", "B"]]],  # noqa: E501 - one record a list
                    [92, 0, "", 0, [["7", "Ганна", "cashier"], "c-1"], "main", True],
                ],
            },
            [
                (1000, "", "DrawerWeighed", _event(1000, 400, "DrawerWeighed", weighed)),
                (1000, "", "DrawerForced", _event(1000, 400, "DrawerForced", longer)),
            ],
        ),
        (
            "deflated, the middle of a journal",
            {
                "packing": 1,
                "seq": 41,
                "before": bytes(range(32)),
                "strings": ["doc-1", "Ганна", "main", "shift-1:main"],
                "records": [
                    [76, 1000, 0, 600, [["7", 1, "cashier"], "c-1"], *of_moved],
                    [127, 0, "c-1", 0, [["7", 1, "cashier"], "c-1"], "c-1", 2, 3, "", False],
                ],
            },
            [
                (1000, "doc-1", "CashMoved", _event(1000, 400, "CashMoved", moved)),
                (1000, "c-1", "NoSaleRecorded", _event(1000, 400, "NoSaleRecorded", opened)),
            ],
        ),
        (
            "a slip with bars and dots, its job, and what the sale's own records say of it",
            {
                "strings": ["d-1", "doc-1", "card_slip", "Сума 5.00", "12345670"],
                "values": [[2, "7", "Ганна", "cashier"], [1, 0, "c-1"]],
                "records": [
                    [131, 1000, 0, 600, 1, 0, [0, 2, "D7", "uk", 0, [
                        [0, 3, "centre", True, False, False], [1, 2], [2, "u", 5], [3, 4, "EAN8", 60, 2, True],
                        [4, 9, b"\x80\x80\x00\x00", ""],
                    ], "", 1, "000007"]],
                    [40, 0, 0, 0, "0002", [32, [
                        [0, 3, False, True, True], [2, 4, "EAN8", 60, 2, True], [3, 9, b"\x80\x80\x00\x00", ""],
                    ], "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНО", 0], 0, None],
                    [134, 25, 1, -5, 1, 1, 0, "D7", 2, "ab"],
                ],
            },
            [
                (1000, "d-1", "SlipRequested", _event(1000, 400, "SlipRequested", asked)),
                (1000, "d-1", "Print", [1, "intention", "Print", {}, slip_prints]),
                (1025, "doc-1", "SlipBelongs", _event(1025, 430, "SlipBelongs", belongs)),
            ],
        ),
        (
            "a sale made without its register: kinds and a field that are told, a code that is said once",
            {
                "told": [
                    [122, "event", "FiscalModeChanged", "to reason session_id code fiscal_at#"],
                    [139, "event", "OfflineDocumentDelivered", "document_id stamp:FiscalStamp"],
                ],
                "strings": ["doc-1", "TEST-2"],
                "values": [[1, None, ""]],
                "records": [
                    [122, 4000, "", 600, 0, "offline_manual", "no route", "offline-5", "TEST-1", 5000],
                    [124, 0, 0, 0, 0, 0, [1, 71], 5000, False],
                    [139, 90000, 0, 0, 0, 0, [
                        "checkbox", 1, "1970-01-01T00:00:05+00:00", "", True, "9933", "TEST1", "", "1", "", "", "",
                        5000, None, None, True,
                    ]],
                ],
            },
            [
                (4000, "", "FiscalModeChanged", _event(4000, 3400, "FiscalModeChanged", offline, system)),
                (4000, "doc-1", "OfflineCodeBound", _event(4000, 3400, "OfflineCodeBound", bound, system)),
                (
                    94000, "doc-1", "OfflineDocumentDelivered",
                    _event(94000, 93400, "OfflineDocumentDelivered", delivered, system),
                ),
            ],
        ),
        (
            "an order and a stamp with a field that is told, and a stamp from before it",
            {
                "told": [
                    [41, "intention", "Fiscalise", _FISCALISE],
                    [27, "value", "FiscalStamp", _STAMP],
                ],
                "strings": ["doc-1", "1970-01-01T00:00:05+00:00"],
                "records": [
                    [41, 4000, 0, 0, 0, None, [
                        0, "cash_pull", "out", 5000, "BYN", "ru", "банк", ["7", "Ганна", "cashier"], "main", "7", "",
                        "operator",
                    ], 1, None, None, [
                        "ikassa", "A1", 1, "", False, "", "TEST1", "", "1", "", "", "", 5000, None, None, True, "6120",
                    ], 4000],
                    [57, 1000, 0, 600, [None, ""], 0, [
                        "checkbox", "TEST-2", 1, "", True, "9933", "TEST1", "", "1", "", "", "", 5000, None, None, True,
                    ], "yes", False],
                ],
            },
            [
                (4000, "doc-1", "Fiscalise", [1, "intention", "Fiscalise", {}, dated]),
                (
                    5000, "doc-1", "ReceiptFiscalised",
                    _event(
                        5000, 4400, "ReceiptFiscalised",
                        {"document_id": "doc-1", "stamp": stamp, "printed": "yes", "kicked": False}, system,
                    ),
                ),
            ],
        ),
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    """A value as JSON can say it: bytes and integers that JavaScript has not are texts, each in a map of its own."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    large = isinstance(value, int) and abs(value) > 2**53
    return {"integer": str(value)} if large else value


def _vector(name: str, parts: dict[str, Any], bodies: list[Body]) -> dict[str, Any]:
    seq = parts.get("seq", 0)
    before = parts.get("before", genesis("j-1"))
    records, head = [], before
    for number, (at, subject, called, raw) in enumerate(bodies, seq + 1):
        body = raw if isinstance(raw, bytes) else pack(raw)
        head = link(head, number, at, subject, called, body)
        said = {"value": _plain(raw)} if not isinstance(raw, bytes) else {}
        about = {"seq": number, "at": at, "subject": subject, "name": called}
        records.append({**about, "body": body.hex(), **said, "hash": head.hex()})
    lists = [parts.get(part, []) for part in ("told", "strings", "values", "records")]
    content = pack(["UA-17", "j-1", "b1", "", seq, before, head, *lists])
    held = {"till": "UA-17", "journal": "j-1", "boot": "b1", "shift": "", "before": [seq, before.hex()]}
    return {"name": name, "envelope": seal(content, parts.get("packing", 0)).hex(), **held, "records": records}


def _refused(good: dict[str, Any]) -> list[dict[str, Any]]:
    """What a reader must refuse, each with a sound checksum: only reading finds it."""
    content = unpack(unseal(bytes.fromhex(good["envelope"])))

    def changed(name: str, part: int, value: Any) -> dict[str, Any]:
        return {
            "name": name,
            "refused": True,
            "envelope": seal(pack([*content[:part], value, *content[part + 1 :]])).hex(),
        }

    first, second = content[10]
    dearer = [*first[:8], 5001, *first[9:]]
    return [
        changed("an amount that was changed", 10, [dearer, second]),
        changed("two records that were swapped", 10, [second, first]),
        changed("a record that was left out", 10, [second]),
        changed("a text that was changed", 8, ["doc-2", *content[8][1:]]),
        changed("another number before", 4, 1),
        changed("another chain before", 5, bytes(32)),
        changed("another chain after", 6, bytes(32)),
        changed("another journal", 1, "j-2"),
        changed("a text that is not there", 8, []),
        changed("a value that is not there yet", 9, [[1, 1, "c-1"], [2, "7", 1, "cashier"]]),
        changed("a kind that nobody tells", 10, [[9999, *first[1:]], second]),
        changed("a field more than the kind has", 10, [[*first, 1], second]),
        changed("no record", 10, []),
        {
            "name": "a version that is not there yet",
            "refused": True,
            "envelope": good["envelope"][:4] + "02" + good["envelope"][6:],
        },
    ]  # fmt: skip


def vectors() -> list[dict[str, Any]]:
    """All vectors: sound envelopes with what they hold, and envelopes to refuse."""
    made = [_vector(*case) for case in _cases()]
    return [*made, *_refused(made[1])]


if __name__ == "__main__":
    for vector in vectors():
        sys.stdout.write(json.dumps(vector, ensure_ascii=False) + "\n")
