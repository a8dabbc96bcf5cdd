"""Beside a sale's way: what Checkbox sends by itself: is it genuine, and what should be looked at now? Pure.

It is a hint and never the truth: what it names is read back from Checkbox by its id. Asking regularly goes on beside
it, for a till behind a router gets none of these. Source: OpenAPI 0.1.79, POST /webhook: the header x-request-signature
is Base64(HMAC-SHA256(key, body)); answered with 200 within 10 s, else it is sent again for 4 hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

SIGNATURE: Final = "x-request-signature"
BODY_LIMIT: Final = 512 * 1024
Kind = Literal["receipt", "service_receipt", "shift", "order"]
_KINDS: Final[tuple[Kind, ...]] = ("receipt", "service_receipt", "shift", "order")


class NotGenuine(Exception):
    """The body does not bear Checkbox's signature: answer 401, look at nothing. The text is one sentence."""


class Unreadable(Exception):
    """The body is signed and says nothing that is known: answer 200, or it comes again for hours. One sentence."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at this: a receipt (GET /receipts/{id}), cash in or out (the same), a shift (GET /shifts/{id}), an order.

    `transaction`: its document's way to the tax service, where it is told. `status`, `fiscal_code`: what was said.
    """

    kind: Kind
    id: str
    status: str = ""
    fiscal_code: str = ""
    transaction: str = ""


class _Transaction(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""


class _Subject(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    status: Annotated[str, msgspec.Meta(max_length=64)] = ""
    fiscal_code: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    transaction: _Transaction | None = None
    initial_transaction: _Transaction | None = None
    closing_transaction: _Transaction | None = None


class _Body(msgspec.Struct, frozen=True):
    receipt: _Subject | None = None
    service_receipt: _Subject | None = None
    shift: _Subject | None = None
    order: _Subject | None = None


def accept(key: str, body: bytes, signature: str) -> Hint:
    """What a request of Checkbox's hints at. `key` was given once, when the address was set; `signature`: its header.

    Raises NotGenuine, Unreadable.
    """
    if len(body) > BODY_LIMIT:
        raise NotGenuine(f"The request has {len(body)} bytes, which Checkbox never sends; nothing was looked at.")
    if not _is_genuine(key, body, signature):
        raise NotGenuine("The request does not bear Checkbox's signature; nothing was looked at.")
    return _read(body)


def _is_genuine(key: str, body: bytes, signature: str) -> bool:
    """Compared in the same time whatever differs; without a key nothing is genuine."""
    expected = base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest())
    given = signature.strip().encode("ascii", "replace")
    return hmac.compare_digest(expected, given) and bool(key)


def _read(body: bytes) -> Hint:
    try:
        read = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"Checkbox sent something that cannot be read ({type(error).__name__}).") from error
    for kind in _KINDS:
        subject: _Subject | None = getattr(read, kind)
        if subject is not None:
            last = subject.closing_transaction or subject.initial_transaction or subject.transaction
            return Hint(kind, subject.id, subject.status, subject.fiscal_code or "", "" if last is None else last.id)
    raise Unreadable("Checkbox sent something about neither a receipt nor a shift.")
