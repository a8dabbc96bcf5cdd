"""Beside the vendor's place on a sale's way: what this sandbox can do and on whose word, one row each.

An operation is named as in `routes.ACTS`. Sources: seed = the vendor's page 2.5.3 on the X report of core-cashbox;
core = the other pages of core-cashbox; ecr = the pages of its sibling, the SmartOne Cashbox (ECR).
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.sandbox.capabilities import Capability


def _documented(operation: str, what: str, source: str = "ecr", option: str = "") -> Capability:
    return Capability(operation, what, "documented", source, option)


def _inferred(operation: str, what: str, option: str = "", source: str = "papers are silent") -> Capability:
    return Capability(operation, what, "inferred", source, option)


OPERATIONS: Final[tuple[Capability, ...]] = (
    _documented("sale", "date, number, cashier, amount, currency, items with taxes, payments, genPreview", "core, ecr"),
    _documented("refund", "as sale, with the fiscal id of the sale", "core, ecr"),
    _documented("open_shift", "shift_id; shiftID, fiscalShiftID", "core, ecr"),
    _documented("x_report", "the seed's answer to the letter; the sibling's flat sums", "seed, ecr"),
    _documented("close_shift", "as the X report; openOrdersOperation check, delete, renew", "core, ecr"),
    _documented("check_shift", "shift_open, shift_exceeds_at; isShiftOpen as text, shiftStatus 1 and 2", "core, ecr"),
    _documented("deposit", "docNumber, cashier, amount, currency", "core, ecr"),
    _documented("withdraw", "no more than there is: code 9", "ecr"),
    _documented("print", "printStatus", "core"),
    _documented("check_status", "by documentExtID or documentID; its sample of an unknown one"),
    _documented("check_copy", "a copy on paper"),
    _documented("rollback", "a whole sale; 36 after a refund"),
    _documented("get_info", "the register's particulars"),
)

RULES: Final[tuple[Capability, ...]] = (
    _documented("http", "POST, form fields data and sign; another method 405"),
    _documented("signature", "Base64 of the hexadecimal SHA1 of data and merchant id; a wrong one is code 1"),
    _documented("serial", "02h text CRC32 03h, each 03h of the sum replaced by 20h"),
    _inferred("serial", "the answer is a frame of the same kind around the JSON; what is no frame gets none", "serial"),
    _inferred("core", "transport and paths are the sibling's; refusals are its words without the code", "profile"),
    _inferred(
        "refusals", "signature, JSON, blocked, parameters, shift, sums, taxes, payments, change, returns: in this order"
    ),
    _inferred("refusals", "HTTP 200 for every code, 404 for an unknown command"),
    _documented("sale", "the same docTime, docNumber and amount again is only printed again"),
    _inferred("sale", "core: the same request again is a second document"),
    _inferred("sale", "documentExtID is no key of sending: only of looking up"),
    _inferred("sale", "what itemAmount is: of one piece, of the line before or after its discount", "item_amount"),
    _inferred("sale", "codes C, V and B; a card that is not accepted is code 8", "payments"),
    _inferred(
        "sale", "letters and rates of taxes; 12 for a rate it does not know, 16 for another than its letter's", "taxes"
    ),
    _documented("sale", "change from cash alone (11); not fully paid (8)"),
    _documented("refund", "18 for what was not sold, 19 for more than was sold"),
    _inferred("refund", "more money than the sale was: 19; more cash than there is: 9"),
    _inferred("refund", "names of the sale's id in the sibling's request"),
    _documented("genPreview", "true: a picture and nothing printed; false: printed", "core"),
    _inferred("genPreview", "JPEG of 384 dots; without it the answer has printStatus"),
    _documented("shift", "selling and reporting only in an open one (6); opening an open one is refused"),
    _documented("shift", "22 when it has lasted too long; shift_exceeds_at tells when", "core, ecr", "shift_hours"),
    _inferred("shift", "a shift that has lasted too long may still be emptied, reported and closed"),
    _documented("close_shift", "24 while orders are open"),
    _inferred("close_shift", "27 while there is cash, in some regions", "must_empty"),
    _inferred("close_shift", "26 for a shift without a document, in some regions", "empty_shift"),
    _documented("x_report", "both kinds of shift_id and both spellings occur; the sample's are emitted", "seed"),
    _inferred("x_report", "numbers are the register's; 0 while there is no document; endShift is the state so far"),
    _inferred("x_report", "amount of a payment is what was handed over, change beside it; cash is net of it"),
    _inferred("x_report", "refund, rollback and deposit stand beside sale and withdraw once there are any"),
    _inferred("x_report", "tax out of the turnover of its letter, half up"),
    _inferred("check_status", "an unknown document: docStatus -1 as in the sample, or code 9", "not_found", "ecr"),
    _inferred("time", "wall time of the market, 24 hours", "zone"),
    _inferred("prepay", "order, preorder, prepay, creditpay, dates_report, correction are not offered"),
)
CAPABILITIES: Final = OPERATIONS + RULES
