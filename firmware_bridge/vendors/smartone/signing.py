"""Between a request and its transport on a sale's way: the signed form that both transports carry; pure.

`data` = Base64 of the JSON in UTF-8; `sign` = Base64 of the lower-case hexadecimal SHA-1 of (data + merchant id); both
percent-encoded, "=" too. Source: SmartOne Cashbox, fiscal API over HTTP and serial, version 1.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote


def form(body: bytes, merchant_id: str) -> str:
    """The form of one request; `body` is its JSON."""
    data = base64.b64encode(body).decode("ascii")
    return f"data={quote(data, safe='')}&sign={quote(sign(data, merchant_id), safe='')}"


def sign(data: str, merchant_id: str) -> str:
    """The signature over `data` as it is before percent-encoding."""
    # the vendor's choice: a check of origin on the shop's own network, no secret is kept by it
    digest = hashlib.sha1(f"{data}{merchant_id}".encode(), usedforsecurity=False).hexdigest()
    return base64.b64encode(digest.encode("ascii")).decode("ascii")
