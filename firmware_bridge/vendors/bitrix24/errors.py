"""Before and after a sale's way: what Bitrix24's refusals mean for whoever called, and what a person can do.

Sources: the seed page of sale.cashbox.add (statuses and system errors), the vendor's documentation of the other methods
and of the limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Sort = Literal["later", "limit", "operating", "refresh", "rights", "set_up", "gone", "content", "code"]
"""`later`: a fault there, it may have acted. `limit`, `operating`: too often, nothing was done. `refresh`: the access
token has ended. `rights`, `set_up`: a person has to change something there or here. `gone`: what is named is not there.
`content`: a parameter is missing or wrong. `code`: not known to this release."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`advice`: what a person can do."""

    sort: Sort
    advice: str


_LOOK: Final = "see the address and credentials in [bitrix24]"
_THERE: Final = "look in the portal at Developer resources, Integrations"
_PARAMETERS: Final = "see [bitrix24] and the vendor's description of the method"
_AGAIN: Final = "try again later; if it stays, ask Bitrix24's support"

#: The portal's code -> what it means. The seed's system errors first, in its order.
TABLE: Final[dict[str, Meaning]] = {
    "INTERNAL_SERVER_ERROR": Meaning("later", _AGAIN),
    "ERROR_UNEXPECTED_ANSWER": Meaning("later", _AGAIN),
    "QUERY_LIMIT_EXCEEDED": Meaning("limit", "too many requests: it is tried again by itself"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": Meaning("code", "a method that cannot be called in a batch"),
    "ERROR_BATCH_LENGTH_EXCEEDED": Meaning("code", "more than 50 commands in a batch"),
    "NO_AUTH_FOUND": Meaning("set_up", f"webhook or token are not valid: {_LOOK}"),
    "INVALID_REQUEST": Meaning("set_up", f"https is required: {_LOOK}"),
    "OVERLOAD_LIMIT": Meaning("rights", "the portal's REST API is blocked by hand: ask Bitrix24's support"),
    "ACCESS_DENIED": Meaning("rights", "the user must be a CRM administrator, the portal on a commercial plan"),
    "INVALID_CREDENTIALS": Meaning("rights", "the user of webhook or token lacks a permission"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": Meaning("rights", "the application's manifest is not available"),
    "insufficient_scope": Meaning("rights", f"webhook or application need the scopes sale and cashbox: {_THERE}"),
    "expired_token": Meaning("refresh", "the access token has ended: it is renewed by itself"),
    "user_access_error": Meaning("rights", f"the application is closed to this user: {_THERE}"),
    "PORTAL_DELETED": Meaning(
        "rights", "the portal's public part is closed: open it in the settings of the main module"
    ),
    # other system answers
    "OPERATION_TIME_LIMIT": Meaning("operating", "this method has run too long within ten minutes: it is tried again"),
    "ERROR_METHOD_NOT_FOUND": Meaning("set_up", f"the portal has no such method, or not this scope: {_THERE}"),
    "PAYMENT_REQUIRED": Meaning("rights", "the portal's subscription has ended"),
    # handlers and cash registers
    "ERROR_CHECK_FAILURE": Meaning("content", _PARAMETERS),
    "ERROR_HANDLER_ALREADY_EXIST": Meaning("content", "another handler has this code: choose another handler.code"),
    "ERROR_HANDLER_NOT_FOUND": Meaning("gone", "somebody has deleted the handler: run setup again"),
    "ERROR_HANDLER_ADD": Meaning("content", _PARAMETERS),
    "ERROR_HANDLER_UPDATE": Meaning("content", _PARAMETERS),
    "ERROR_HANDLER_DELETE": Meaning("content", _PARAMETERS),
    "ERROR_CASHBOX_NOT_FOUND": Meaning("gone", "somebody has deleted the cash register: run setup again"),
    "ERROR_CASHBOX_ADD": Meaning("content", _PARAMETERS),
    "ERROR_CASHBOX_UPDATE": Meaning("content", _PARAMETERS),
    "ERROR_CASHBOX_DELETE": Meaning("content", _PARAMETERS),
    # results
    "ERROR_CHECK_NOT_FOUND": Meaning("gone", "the portal knows no check under this id; it may ask for it itself"),
    "ERROR_CHECK_APPLY": Meaning("content", _PARAMETERS),
    # OAuth
    "invalid_request": Meaning("set_up", _LOOK),
    "invalid_client": Meaning("set_up", "client_id or client_secret is wrong"),
    "invalid_grant": Meaning("set_up", "the tokens are not valid any more: run `firmware-bridge bitrix24 authorise`"),
    "invalid_scope": Meaning("rights", f"the application needs the scopes sale and cashbox: {_THERE}"),
}


def meaning(code: str, status: int) -> Meaning:
    """What a refusal means; one with no known code by its HTTP status alone."""
    found = TABLE.get(code)
    if found is not None:
        return found
    if status >= 500:
        return Meaning("later", _AGAIN)
    return Meaning("operating" if status == 429 else "code", "see the vendor's description of this error")


class Rejected(Exception):
    """The portal said no; nothing was done. `code` as it answered, "" where it has none."""

    def __init__(self, method: str, status: int, code: str, description: str) -> None:
        self.method = method
        self.status = status
        self.code = code
        self.meaning = meaning(code, status)
        words = " ".join(description.split())[:300]
        self.text = f"Bitrix24 refused {method} ({status} {code or 'without a code'}: {words}): {self.meaning.advice}"
        super().__init__(self.text)


class NotNow(Exception):
    """Too often, or too long: nothing was done, and nothing will be for `after_s` seconds."""

    def __init__(self, method: str, code: str, after_s: float) -> None:
        self.after_s = after_s
        self.text = f"Bitrix24 takes no {method} now ({code}); nothing was done, in {after_s:.0f} s it may"
        super().__init__(self.text)
