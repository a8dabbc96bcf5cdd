"""In the vendor's place on a sale's way: what this sandbox can do and on whose word, one row each.

`documented` also where a test register was recorded doing so. Sources: page = the vendor's API page as kept in 2022
(profile seed); oas = OpenAPI 0.1.79 (2022); oas2 = OpenAPI 2.106.4 (2026); wiki = the vendor's pages on registers,
shifts and offline receipts (2024-2026); live = recorded from a test register in 2026.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.sandbox.capabilities import Capability


def _documented(operation: str, what: str, source: str, option: str = "") -> Capability:
    return Capability(operation, what, "documented", source, option)


def _inferred(operation: str, what: str, source: str = "papers are silent", option: str = "") -> Capability:
    return Capability(operation, what, "inferred", source, option)


OPERATIONS: Final[tuple[Capability, ...]] = (
    _documented("POST /cashier/signin", "login and password, a token without an end of life", "page, live"),
    _documented("POST /cashier/signinPinCode", "PIN and licence key", "page"),
    _documented("POST /cashier/signout", "205, the token is revoked", "page"),
    _documented("GET /cashier/me", "cashier with organisation; is_test in current", "oas, live"),
    _documented(
        "GET /cashier/shift", "the active shift, or null; the cashier within it in current alone", "page, live"
    ),
    _documented("GET /cashier/check-signature", "online, type, shift_open_possibility", "oas"),
    _documented("GET /cashier/tax", "current only: taxes by token", "oas2, live"),
    _documented("GET /tax", "taxes by licence key", "oas"),
    _documented("GET /cash-registers/info", "mode, counters; is_test in current", "page, live"),
    _documented("GET /cash-registers", "one register", "oas"),
    _documented("GET /cash-registers/{id}", "the same", "oas, wiki"),
    _documented("POST /cash-registers/go-online", "ok at once, sending starts", "page", "go_online_sends"),
    _documented("POST /cash-registers/go-offline", "date and code, both optional", "page"),
    _documented(
        "POST /cash-registers/ping-tax-service", "DONE, also with ERROR_BAD_HASH_PREV; sends what waits", "page"
    ),
    _documented("GET /cash-registers/ask-offline-codes", "OK at once, or DONE and TIMEOUT with sync", "page"),
    _documented("GET /cash-registers/get-offline-codes", "free codes, lowest first, shift open", "page"),
    _documented(
        "GET /cash-registers/get-offline-codes-count", "available, default 2000, minimal 1000, used", "oas, live"
    ),
    _documented("GET /cash-registers/get-offline-time", "seconds now and in the month, sessions", "oas"),
    _documented("POST /shifts", "202 CREATED, opened when signed and delivered", "page"),
    _documented("GET /shifts", "the cashier's shifts, by status", "oas"),
    _documented("GET /shifts/{id}", "any shift", "oas"),
    _documented("POST /shifts/close", "202 CLOSING with the Z report; the client's figures unchecked", "page"),
    _documented("POST /shifts/{id}/close", "by a senior cashier", "oas"),
    _documented(
        "POST /receipts/sell", "201 CREATED, DONE or ERROR later; offline: code and time by the vendor", "page"
    ),
    _documented("POST /receipts/sell-offline", "201 with the client's code and date, control number", "page, live"),
    _documented("POST /receipts/service", "cash in and out by the sign, DONE at once, never sent", "page"),
    _documented("POST /receipts/validate", "current only: the same checks, nothing made", "oas2, live"),
    _documented("GET /receipts", "those of the present shift", "oas"),
    _documented("GET /receipts/search", "by number, barcode, shift, register, time", "oas"),
    _documented("GET /receipts/{id}", "by id or by fiscal number", "oas"),
    _documented("GET /receipts/{id}/html", "the text on a page", "oas"),
    _documented("GET /receipts/{id}/text", "width 10 to 250", "oas, live"),
    _documented("GET /receipts/{id}/png", "width, paper_width, qrcode_scale", "oas"),
    _documented("GET /receipts/{id}/qrcode", "the link as PNG", "oas"),
    _documented("POST /receipts/{id}/email", "noted in the books, nothing is sent", "oas"),
    _documented("POST /receipts/{id}/sms", "noted in the books, nothing is sent", "oas"),
    _documented("POST /reports", "X, 201", "page"),
    _documented("GET /reports", "of the present shift, or of a time", "oas"),
    _documented("GET /reports/search", "of any shift", "oas"),
    _documented("GET /reports/{id}", "X or Z", "oas"),
    _documented("GET /reports/{id}/text", "width 10 to 250", "oas"),
    _documented("GET /reports/periodical", "sums of the Z reports of a time, as text", "oas"),
    _documented("GET /transactions", "by status and type; the newest first (desc) in current", "oas, oas2"),
    _documented("GET /transactions/{id}", "one of them", "oas"),
    _documented("GET /webhook", "the address, if one is set", "oas"),
    _documented("POST /webhook", "a key, told once; what would be sent is noted in the books, signed", "oas"),
    _documented("DELETE /webhook", "the address is forgotten", "oas"),
)

RULES: Final[tuple[Capability, ...]] = (
    _documented("refusals", "each operation's own, in the order of its page", "page"),
    _inferred("refusals", "access key, path, body is JSON, client headers, token, licence key, fields, own rules"),
    _documented("refusals", "code beside the message in current", "live"),
    _inferred("refusals", "Ukrainian of a 422 beyond a missing field and a short list"),
    _documented(
        "headers", "X-Client-Name and -Version: optional in seed, demanded in current", "page; wiki", "client_headers"
    ),
    _inferred(
        "headers",
        "X-License-Key only where the papers ask for it; one recording wants it nearly everywhere",
        "live",
        "license_everywhere",
    ),
    _inferred("headers", "a missing X-Access-Key is accepted, a wrong one refused", "page, oas"),
    _documented("totals", "the page's sample: 123 - 1, 456 + 1 %, - 5 %: 554, tax 19, rounded 550", "page"),
    _inferred("totals", "several discounts of a line: one after the other, each of what is left"),
    _inferred(
        "totals", "a receipt's discount with tax codes is spread over lines with one of them, by largest remainder"
    ),
    _inferred("totals", "excise from the whole, VAT from the rest"),
    _inferred("totals", "a receipt's tax is the sum of the lines'", option="tax_rounding"),
    _inferred("totals", "only what cash has to pay is rounded, also in a return", option="rounding_scope"),
    _inferred("totals", "round_sum = rounded - total, signed", "oas"),
    _inferred("totals", "card payments beyond the total are refused"),
    _inferred("receipts", "sale and return in one receipt are refused"),
    _documented("receipts", "an id is used up whatever the body and whatever became of the receipt", "page, live"),
    _inferred(
        "receipts", "previous_receipt_id is compared with the last sale or return that was not refused", "page, oas"
    ),
    _inferred("receipts", "an unknown tax is 400"),
    _documented("receipts", "an unknown id is 404", "live"),
    _inferred("receipts", "the tax service's words in response_error_message; the fault's `message` gives others"),
    _inferred("receipts", "a service-out's amount is shown without its sign"),
    _documented(
        "receipts", "online: balance and taxes of the shift move when DONE; offline and service: at once", "page"
    ),
    _documented(
        "receipts",
        "more than 2 a second: transmission is held for 5 s, the call is taken",
        "wiki, live",
        "receipts_per_s",
    ),
    _inferred(
        "receipts",
        "is_sent_dps and its moments are set on delivery; a recording of a test register has them empty",
        "oas, live",
        "test_receipts_show_sent",
    ),
    _documented("shifts", "cash carries over to the next shift", "page"),
    _documented("shifts", "auto_collection_on_close takes it out", "oas2", "auto_collection_on_close"),
    _documented(
        "shifts", "auto_close_shift_at, and auto_close_at of today in current", "oas2, live", "auto_close_shift_at"
    ),
    _inferred("shifts", "after 24 hours receipts are refused, closing is not", "wiki", "shift_limit_s"),
    _inferred("shifts", "closing while receipts wait: seed accepts, current refuses", "wiki", "close_with_pending"),
    _documented("shifts", "the very first shift of a register opens online", "wiki"),
    _documented("shifts", "409 on closing a shift of CheckBox Kasa unless skip_client_name_check", "page"),
    _inferred("shifts", "an id used for a shift before is 400"),
    _inferred("shifts", "OPENING once signed, in current alone", "oas"),
    _documented("offline", "codes are given again until a transaction with them has arrived", "page"),
    _documented("offline", "six code requests among the last ten transactions: ERROR", "page"),
    _documented("offline", "at most 5000 codes in current", "wiki"),
    _inferred("offline", "asking for codes while offline: 200 ERROR", "page"),
    _inferred("offline", "a code that was never given is refused at once"),
    _documented("offline", "a wrong date jams the register: it stays offline until reset", "page", "wrong_dates"),
    _inferred(
        "offline",
        "dates: go-offline <= open <= receipts <= close, none before the last online document or code request",
        "page; its list is lost",
    ),
    _inferred(
        "offline",
        "coming back on line is a document of that moment: dated before the last offline one it jams",
        "page",
    ),
    _documented("offline", "in current a receipt dated before its shift is refused", "live"),
    _inferred(
        "offline", "go-offline in an automatic offline time makes a transaction of its own", "page", "go_offline_twice"
    ),
    _inferred(
        "offline",
        "one go-online sends one transaction in seed, all that wait in current",
        "page; live",
        "go_online_sends",
    ),
    _documented(
        "offline", "go-online at most every 120 s in current; counted, not refused", "wiki", "go_online_every_s"
    ),
    _documented(
        "offline", "the vendor goes offline by itself and spends codes, also for receipts sent as online ones", "page"
    ),
    _inferred("offline", "without codes, receipts wait for the tax service"),
    _inferred("offline", "the vendor looks for the tax service with the next document, ping or go-online", "oas"),
    _documented(
        "offline", "sell-offline answers DONE; a recording has CREATED", "page; live", "offline_receipt_status"
    ),
    _inferred("offline", "cash in and out need no code in manual offline mode", "oas", "service_offline_needs_code"),
    _inferred(
        "offline",
        "beyond 36 hours in a row or 168 in a month the tax service takes no document",
        "page",
        "offline_session_limit_s",
    ),
    _documented("offline", "the chain: each transaction carries the hash of the one before", "page"),
    _inferred("offline", "control number: CRC-32 as the tax service's description of its own interface has it"),
    _inferred("pictures", "8 dots a millimetre, 4 mm free at both edges"),
)

CAPABILITIES: Final[tuple[Capability, ...]] = OPERATIONS + RULES
