"""Before a sale's way begins: [book.newstore] of the configuration."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta, Struct

from firmware_bridge.credentials import Secret
from firmware_bridge.vendors.newstore import urls

_TENANT: Final = re.compile(r"https://([a-z0-9][a-z0-9-]*)\.p\.newstore\.net/?", re.ASCII)
_TEXT: Final = r"\A[^\x00-\x1f\x7f-\x9f]*\Z"
Url = Annotated[
    str,
    Meta(max_length=256, pattern=r"\Ahttps?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._/-]*)?\Z", description="a URL"),
]
Name = Annotated[
    str, Meta(min_length=1, max_length=256, pattern=_TEXT, description="1 to 256 characters, no control characters")
]
Reason = Annotated[
    str, Meta(min_length=1, max_length=128, pattern=_TEXT, description="1 to 128 characters, no control characters")
]


class NewStoreConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[book.newstore] NewStore keeps the cash book of this till's drawers ("Cash Drawer API (0)").

    `base_url`: https://TENANT.p.newstore.net. `token_url`: where the API client `client_id` with `client_secret` gets
    its tokens; left out = the one of the tenant. `drawers`: our drawer = NewStore's; left out = all, under our names;
    a drawer that is not in it is not told of. `order_id`: under which a sale is told: its order (order_ref; a sale
    without one: its number), or its number always. `forced_open`, `commanded_open`: is a drawer that is opened by
    force, or by command without a sale, told as a no_sale? `uncounted`: a day that ends although nobody counted is
    held for a person (park), or goes on there as if it had not ended (leave_active). `reasons`: our reason of a cash
    move = NewStore's code. `urls`: operation = "METHOD /path", where the built-in one is not the tenant's.
    """

    MOST_DECIMALS: ClassVar[int] = 2

    base_url: Url
    token_url: Annotated[
        str,
        Meta(max_length=256, pattern=r"\A(https?://[A-Za-z0-9.\-\[\]:]+/[A-Za-z0-9._/-]*)?\Z", description="a URL"),
    ] = ""
    client_id: Name
    client_secret: Secret
    store_id: Name
    drawers: Annotated[dict[Name, Name], Meta(max_length=8)] = {}
    order_id: Literal["order_ref", "sale_number"] = "order_ref"
    forced_open: Literal["local_only", "no_sale"] = "local_only"
    commanded_open: Literal["local_only", "no_sale"] = "local_only"
    uncounted: Literal["park", "leave_active"] = "park"
    reasons: Annotated[dict[Reason, Reason], Meta(max_length=256)] = {}
    urls: Annotated[dict[str, Annotated[str, Meta(max_length=512)]], Meta(max_length=20)] = {}

    def __post_init__(self) -> None:
        if not self.token_url and _TENANT.fullmatch(self.base_url) is None:
            raise ValueError("must have token_url: base_url is not https://TENANT.p.newstore.net")

    @property
    def token_address(self) -> str:
        """Where tokens are asked for. Source: the vendor's authentication pages."""
        tenant = _TENANT.fullmatch(self.base_url)
        if self.token_url or tenant is None:
            return self.token_url
        return f"https://id.p.newstore.net/auth/realms/{tenant[1]}/protocol/openid-connect/token"

    def faults(self) -> list[str]:
        """What does not fit together, one sentence each, beginning with the key."""
        found = list(urls.faults(self.urls))
        theirs = list(self.drawers.values())
        found += [
            f"drawers.{ours}: {one!r} is another drawer's too; every drawer needs one of its own in NewStore"
            for at, (ours, one) in enumerate(self.drawers.items())
            if one in theirs[:at]
        ]
        for key, url in (("base_url", self.base_url), ("token_url", self.token_url)):
            if url.startswith("http:") and not _is_loopback(url):
                found.append(f"{key}: must be https, except on this machine itself")
        return found


def _is_loopback(url: str) -> bool:
    return re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/|\Z)", url) is not None
