"""In the place of who orders a sale: every refusal of the portal: HTTP status, code and words.

Sources: the seed page of sale.cashbox.add (codes of this method, system errors); the vendor's documentation of
the other methods; where the pages lost a code, the platform's own source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One refusal."""

    status: int
    description: str


#: Errors that any method may answer with, in the seed's order.
SYSTEM: Final[dict[str, Kind]] = {
    "INTERNAL_SERVER_ERROR": Kind(500, "An internal server error has occurred"),
    "ERROR_UNEXPECTED_ANSWER": Kind(500, "An internal server error has occurred"),
    "QUERY_LIMIT_EXCEEDED": Kind(503, "Too many requests"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": Kind(405, "Method is not allowed for batch usage"),
    "ERROR_BATCH_LENGTH_EXCEEDED": Kind(400, "Max batch length exceeded"),
    "NO_AUTH_FOUND": Kind(401, "Wrong authorization data"),
    "INVALID_REQUEST": Kind(400, "Https required."),
    "OVERLOAD_LIMIT": Kind(503, "REST API is blocked due to overload"),
    "ACCESS_DENIED": Kind(403, "REST API is available only on commercial plans"),
    "INVALID_CREDENTIALS": Kind(403, "Invalid request credentials"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": Kind(404, "Manifest is not available"),
    "insufficient_scope": Kind(403, "The request requires higher privileges than provided by the access token"),
    "expired_token": Kind(401, "The access token provided has expired"),
    "user_access_error": Kind(403, "The user does not have access to the application"),
    "PORTAL_DELETED": Kind(500, "The public part of the site is closed"),
    "OPERATION_TIME_LIMIT": Kind(429, "Method is blocked due to operation time limit"),
    "ERROR_METHOD_NOT_FOUND": Kind(404, "Method not found!"),
}


class Refused(Exception):
    """The portal says no."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description


def system(code: str) -> Refused:
    """One of SYSTEM."""
    kind = SYSTEM[code]
    return Refused(kind.status, code, kind.description)


def failed(description: str, code: str = "ERROR_CHECK_FAILURE") -> Refused:
    """400: a value is missing or wrong, or (with its own `code`) what is named is not there."""
    return Refused(400, code, description)


def denied() -> Refused:
    """403: not an administrator, or another application's."""
    return Refused(403, "ACCESS_DENIED", "Access denied!")
