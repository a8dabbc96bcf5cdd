"""In the vendor's place behind a sale: what this sandbox can do and on whose word, one row each.

An operation is named as in `routes.URLS`. Sources: page = "Cash Drawer API (0)";
api = the vendor's other API pages (cash settings, authentication); guide = the vendor's user documentation.
"""

from __future__ import annotations

from typing import Final

from firmware_bridge.vendors.sandbox.capabilities import Capability


def _documented(operation: str, what: str, source: str = "page", option: str = "") -> Capability:
    return Capability(operation, what, "documented", source, option)


def _inferred(operation: str, what: str, option: str = "", source: str = "papers are silent") -> Capability:
    return Capability(operation, what, "inferred", source, option)


OPERATIONS: Final[tuple[Capability, ...]] = (
    _documented("put_config", "type and whether cash management is on; 400 403 404 409"),
    _documented("get_config", "the same two fields; 400 404"),
    _documented("list_types", "all ten types, not allowed or configured with direction and reasons"),
    _documented("list_drawers", "the store's drawers; 400 500"),
    _documented("add_drawer", "external id, name, currency, default float, store, type; 400 403 404 409"),
    _documented("update_drawer", "name and default float; 400 403 404 409"),
    _documented("get_drawer", "one drawer; 404 500"),
    _documented("decommission", "400 403 404 409"),
    _documented("start", "a draft with the change; a negative amount is a return; 400 403 404 409"),
    _documented("start_non_sale", "a draft of one of ten types; 400 403 404 409"),
    _documented("perform_count", "intra-day or end of day; 400 403 404 409 500"),
    _documented("track_activity", "open or close with transaction or count; 400 403 404"),
    _documented("activate", "with the float; 400 403 404 409"),
    _documented("deactivate", "with the end-of-day count; 400 403 404 409"),
    _documented("daily_reports", "with pagination_info; 400 404 500"),
    _documented("get_transaction", "400 403 404"),
    _documented("finish", "completed or canceled; 400 403 404 409"),
    _documented("record_count", "discrepancy and expected amount; 400 403 404 409"),
    _documented("count_action", "_recount, _submit, _cancel; 400 403 404 409"),
    _documented("store_report", "by time and type, at most 100 rows; 400 500"),
)

RULES: Final[tuple[Capability, ...]] = (
    _documented("token", "client credentials, expires_in; 401 without a header, 403 bad or expired", "api"),
    _inferred("token", "refusals of the token address in the form of OAuth", source="RFC 6749 5.2"),
    _inferred("token", "an hour of life, set per client", "token_lifetime_s"),
    _inferred("urls", "every path and method", "urls"),
    _documented("refusals", "error_code, message, request_id; code invalid_body", "page, api"),
    _inferred("refusals", "all other codes and words; path, token, fields, 404, 403, amounts, 409 in this order"),
    _inferred("add_drawer", "204, as no success is shown", "add_status"),
    _inferred("add_drawer", "the id of a decommissioned drawer stays used up"),
    _inferred("put_config", "409 while a drawer is active"),
    _inferred("list_drawers", "a store that does not exist has none; the same for the report"),
    _documented("activate", "needed before any cash transaction", "guide"),
    _inferred("activate", "409 when active already or cash management is off; 400 for another currency"),
    _inferred("deactivate", "409 while a draft is open", "drafts_block"),
    _inferred("deactivate", "409 unless the count is submitted, end of day and of this day; 404 if unknown"),
    _inferred("start", "change = given - amount; 400 for 0, for too little and for another currency"),
    _inferred("start", "any order id is taken", "foreign_orders"),
    _inferred("start", "409 while a count is open", "count_blocks"),
    _inferred(
        "start_non_sale", "one of amount_in and amount_out; the page stars the first, its sample sends the second"
    ),
    _inferred("start_non_sale", "403 for a type that is not allowed; 400 against its configured direction"),
    _inferred("start_non_sale", "no_sale is neutral and takes 0", "no_sale_zero"),
    _inferred("start_non_sale", "a reason is optional but must be one of the type's"),
    _inferred("finish", "final: 409 afterwards; non-sale transactions are finished the same way"),
    _inferred(
        "get_transaction", "amount_balance = in - out; the page's sample shows in alone", "amount_balance", "page"
    ),
    _inferred("get_transaction", "reason is the type, a return is a sale; no finished_at before it is finished"),
    _inferred("track_activity", "also after the transaction was finished", "late_activities"),
    _inferred("track_activity", "404 for an id that is not this drawer's"),
    _inferred("record_count", "expected = float + in - out over completed ones, at arrival; the same again is taken"),
    _inferred("record_count", "discrepancy_amount = counted - expected; the page's sample is 0.01 off", source="page"),
    _documented("daily_reports", "deposit = count - float + pulls - added float; variance of all counts", "guide"),
    _inferred("daily_reports", "closed days, oldest first; offset and limit; net_cash_in and _out without non-sale"),
    _inferred("store_report", "drafts are shown, canceled ones are not", "reported"),
    _inferred("store_report", "float_adjustment at activation, reconciliation at a difference, withdrawal at the end"),
)
CAPABILITIES: Final = OPERATIONS + RULES
