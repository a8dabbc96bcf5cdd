"""In the vendor's place on a sale's way: how a request proves that it comes from the merchant, and what it says.

Source: the vendor's pages on the protocol: `data` = Base64 of the JSON, `sign` = Base64 of the hexadecimal SHA1, in
small letters, of data and merchant id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import parse_qsl

from firmware_bridge.vendors.sandbox import wire
from firmware_bridge.vendors.smartone.sandbox.codes import Refused
from firmware_bridge.vendors.smartone.sandbox.fields import Fields


def form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that is given twice the last. Anything that is none has no fields."""
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=16))
    except ValueError:
        return {}


def signature(data: str, merchant_id: str) -> str:
    digest = hashlib.sha1((data + merchant_id).encode()).hexdigest()  # noqa: S324 - the vendor's choice
    return base64.b64encode(digest.encode("ascii")).decode("ascii")


def payload(fields: dict[str, str], merchant_id: str) -> Fields:
    """What the request says. Raises Refused: 1 for the signature, 2 for what is no JSON, 3 for no object."""
    data, sign = fields.get("data", ""), fields.get("sign", "")
    if not hmac.compare_digest(sign.encode(), signature(data, merchant_id).encode()):
        raise Refused(1)
    try:
        return Fields(wire.decode(base64.b64decode(data, validate=True)))
    except (ValueError, binascii.Error) as error:
        raise Refused(2) from error
