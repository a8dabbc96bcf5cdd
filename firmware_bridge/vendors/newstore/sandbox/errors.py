"""In the vendor's place behind a sale: every refusal: status, error code and words.

The page shows `error_code`, `message` and `request_id` as plain strings; of the codes only `invalid_body` is known, of
the statuses all. Codes and messages other than that are inferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One refusal. `{}` in the message is filled."""

    status: int
    error_code: str
    message: str


KINDS: Final[dict[str, Kind]] = {
    "unparsable": Kind(400, "invalid_body", "The request body is not valid JSON."),
    "bad-field": Kind(400, "invalid_body", "{}"),
    "bad-parameter": Kind(400, "invalid_request", "{}"),
    "wrong-currency": Kind(400, "invalid_body", "{}: the currency must be {}, the currency of the cash drawer."),
    "zero-amount": Kind(400, "invalid_body", "amount: must not be zero."),
    "given-too-little": Kind(400, "invalid_body", "given: must not be less than the amount."),
    "no-amount": Kind(400, "invalid_body", "One of amount_in and amount_out is required: {} is configured as {}."),
    "wrong-direction": Kind(400, "invalid_body", "{}: not allowed, {} is configured as {}."),
    "unknown-reason": Kind(400, "invalid_body", "reason_code: {} is not a reason of {}."),
    "no-token": Kind(401, "unauthorized", "The Authorization header is missing."),
    "bad-token": Kind(403, "forbidden", "The access token is invalid or has expired."),
    "no-scope": Kind(403, "forbidden", "The access token does not have the required scope."),
    "type-not-allowed": Kind(403, "transaction_type_not_allowed", "Transaction type {} is not allowed."),
    "no-path": Kind(404, "not_found", "The requested resource does not exist."),
    "no-store": Kind(404, "store_not_found", "Store {} does not exist."),
    "no-config": Kind(404, "configuration_not_found", "Store {} has no cash drawer configuration."),
    "no-drawer": Kind(404, "cash_drawer_not_found", "Cash drawer {} does not exist."),
    "no-transaction": Kind(404, "transaction_not_found", "Transaction {} does not exist for this cash drawer."),
    "no-count": Kind(404, "count_not_found", "Cash count {} does not exist for this cash drawer."),
    "no-order": Kind(404, "order_not_found", "Order {} does not exist."),
    "no-method": Kind(405, "method_not_allowed", "The method is not allowed for this resource."),
    "drawer-exists": Kind(409, "conflict", "Cash drawer {} already exists."),
    "store-not-configured": Kind(409, "conflict", "Store {} has no cash drawer configuration yet."),
    "type-differs": Kind(409, "conflict", "The store uses cash drawers of type {}."),
    "drawer-active": Kind(409, "conflict", "Cash drawer {} is active."),
    "drawer-inactive": Kind(409, "conflict", "Cash drawer {} is not active."),
    "management-off": Kind(409, "conflict", "Cash management is not enabled for store {}."),
    "count-open": Kind(409, "conflict", "A cash count is in progress for cash drawer {}."),
    "drafts-open": Kind(409, "conflict", "Cash drawer {} has transactions that are not finished."),
    "finished": Kind(409, "conflict", "Transaction {} is already {}."),
    "day-over": Kind(409, "conflict", "Transaction {} belongs to a day that was closed."),
    "activity-late": Kind(400, "invalid_request", "Transaction {} is already finished."),
    "count-state": Kind(409, "conflict", "Cash count {} is {}."),
    "count-recorded": Kind(409, "conflict", "Cash count {} is recorded with another amount; start a recount."),
    "count-unfit": Kind(409, "conflict", "Cash count {} is not a submitted end of day count of the current day."),
    "broken": Kind(500, "internal_error", "An internal error has occurred."),
    "maintenance": Kind(503, "service_unavailable", "The service is temporarily unavailable."),
}


class Refused(Exception):
    """The vendor says no; `words` fill the message."""

    def __init__(self, kind: str, *words: str) -> None:
        self.kind = KINDS[kind]
        self.message = self.kind.message.format(*words)
        super().__init__(self.message)


def bad_field(where: str, what: str) -> Refused:
    """400 for a field of the body."""
    return Refused("bad-field", f"{where}: {what}")


def bad_parameter(name: str, what: str) -> Refused:
    """400 for a parameter of the query or the path."""
    return Refused("bad-parameter", f"{name}: {what}")
