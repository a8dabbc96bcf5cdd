"""In the vendor's place on a sale's way: what this sandbox can do and on whose word, one row each.

An operation is named as in `options.NAMES`. Sources: page = the vendor's page ADD_CHEQUES; book = the vendor's book of
operations (operations, responses/code_type, transport); client = a public client in Java for the same till.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.sandbox.capabilities import Capability


def _documented(operation: str, what: str, source: str = "book", option: str = "") -> Capability:
    return Capability(operation, what, "documented", source, option)


def _inferred(operation: str, what: str, option: str = "", source: str = "papers are silent") -> Capability:
    return Capability(operation, what, "inferred", source, option)


OPERATIONS: Final[tuple[Capability, ...]] = (
    _documented("auth", "pin, rememberPin, returnToken -> token; 401 for a wrong PIN is inferred", "client"),
    _documented("other_info", "that there is one; its fields are inferred", "client"),
    _documented("add_cheques", "receipts and orders for the cashier; 491", "page"),
    _documented("add_or_edit_cheques", "the same with isEdit, prefix and suffix"),
    _documented("sale", "prints, charges the card, answers with number, uid, uuid, rrn, total, change, payments"),
    _documented("money_back", "as sale, with other and rrn; 418; not without the cash for it"),
    _documented("deposit", "cash in; 400"),
    _documented("operation_id", "what became of an operation, by the id that the client gave it"),
    _inferred("open_shift", "name and body; 406", "operations", "book: contents and codes alone"),
    _inferred("close_shift", "name, body and totals; 408", "operations", "book: contents and codes alone"),
    _inferred("x_report", "name, body and totals; needs a shift", "operations", "book: contents alone"),
    _inferred("withdraw", "as deposit; not without the cash for it", "operations", "book: contents alone"),
    _inferred(
        "rollback", "the last payment document, nothing after it; 411", "operations", "book: contents and codes alone"
    ),
)

RULES: Final[tuple[Capability, ...]] = (
    _documented("transport", "POST /v1 for everything; the header's name in capitals, its value in any case"),
    _inferred("transport", "399 without that header or with an unknown operation", source="book: an error"),
    _documented("transport", "Auth-token is optional", "page", "token_mode"),
    _documented("transport", "HTTP 401 where the authorisation fails", "client", "unauthorised_status"),
    _inferred("transport", "HTTP 200 with every other resultCode"),
    _documented("transport", "search target ikassa-smartx", option="ssdp_port"),
    _documented("answers", "BaseResponse: five fields on success, four on a refusal", "page", "register_number"),
    _documented("codes", "399 to 416 and 418 by their meaning"),
    _inferred("codes", "all words but those of 400 and 491"),
    _inferred("codes", "order: token, 407, 409, JSON, 410, 400, 412, fields and sums, RRN, payments"),
    _inferred("codes", "cash that is not there, too little money and change not from cash are 399"),
    _inferred("add_cheques", "all of a request or nothing", "cheques_atomic"),
    _inferred("add_cheques", "needs no shift and does not wait for a card; an UUID is used up for ever"),
    _inferred("add_or_edit_cheques", "isEdit of an unknown UUID is 399, a known one without isEdit is 491"),
    _inferred("sums", "half up; discounts and increases of the whole position, then of the whole receipt"),
    _inferred("sums", "sums in answers are texts with two decimals"),
    _inferred("sums", "dateTime by the till's own clock", "date_format"),
    _inferred("sums", "and without zone", "zone"),
    _documented("shift", "at most 24 hours: 412", option="shift_limit_s"),
    _inferred("shift", "a shift too old can be closed; X and opening are not held up by its age"),
    _inferred("shift", "the cash stays in the drawer when it is closed", "initial_cash"),
    _documented("busy", "one operation at a time: 410"),
    _inferred("busy", "while a card is waited for, OPERATION_ID is 410 too", "answers_while_busy"),
    _inferred("operation_id", "one that is not known", "unknown_id_code"),
    _inferred("operation_id", "a known one again: a second document, so that whoever repeats is found", "repeated_id"),
    _inferred("operation_id", "outlives a restart of the till", "state_file"),
    _inferred("sale", "a declined card", "declined_code"),
    _inferred("sale", "and what is remembered of it", "remembers_declined"),
    _inferred("sale", "isPrintSuccess is true where printCheque is false"),
    _inferred("money_back", "RRN for every refund to a card", "refund_needs_rrn", "book: for some"),
    _inferred("money_back", "what is paid out is the total exactly"),
)

CAPABILITIES: Final = OPERATIONS + RULES
