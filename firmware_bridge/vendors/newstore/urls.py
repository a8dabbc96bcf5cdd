"""Beside a sale's way, after it: where NewStore's twenty operations are. One table.

The vendor's page ("Cash Drawer API (0)") names the operations and their parameters, but neither methods nor paths:
every row is inferred from the names of the parameters and the documented answers, and the configuration can put the
true one in its place (`[book.newstore.urls]`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

_DRAWER: Final = "/cash_drawers/{drawer_id}"
URLS: Final[Mapping[str, str]] = {
    "put_config": "PUT /stores/{store_id}/cash_drawer_config",
    "get_config": "GET /stores/{store_id}/cash_drawer_config",
    "list_types": "GET /transaction_types",
    "list_drawers": "GET /cash_drawers",
    "add_drawer": "POST /cash_drawers",
    "update_drawer": f"PUT {_DRAWER}",
    "get_drawer": f"GET {_DRAWER}",
    "decommission": f"DELETE {_DRAWER}",
    "start": f"POST {_DRAWER}/transactions",
    "start_non_sale": f"POST {_DRAWER}/non_sale_transactions",
    "perform_count": f"POST {_DRAWER}/counts",
    "track_activity": f"POST {_DRAWER}/activities",
    "activate": f"POST {_DRAWER}/_activate",
    "deactivate": f"POST {_DRAWER}/_deactivate",
    "daily_reports": f"GET {_DRAWER}/reports",
    "get_transaction": f"GET {_DRAWER}/transactions/{{transaction_id}}",
    "finish": f"PATCH {_DRAWER}/transactions/{{transaction_id}}",
    "record_count": f"PATCH {_DRAWER}/counts/{{count_id}}",
    "count_action": f"POST {_DRAWER}/counts/{{count_id}}/{{action}}",
    "store_report": "GET /reports/transactions",
}
"""Operation -> "METHOD /template", in the order of the page."""

_PART: Final = re.compile(r"\{(\w+)\}")
_URL: Final = re.compile(r"(GET|POST|PUT|PATCH|DELETE) ((?:/(?:[A-Za-z0-9._~:@!$&'()*+,;=%-]|\{\w+\})+)+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Urls:
    """The table of one tenant. Made by `urls`."""

    templates: Mapping[str, tuple[str, str]]

    def at(self, operation: str, **parts: str) -> tuple[str, str]:
        """Return (method, path) of an operation; `parts` are quoted. Raises KeyError for one that is missing."""
        method, template = self.templates[operation]
        return method, _PART.sub(lambda match: quote(parts[match[1]], safe=""), template)


def urls(changed: Mapping[str, str] | None = None) -> Urls:
    """The table, with `changed` (operation -> "METHOD /template") in place of its rows. Raises ValueError."""
    for fault in faults(changed or {}):
        raise ValueError(fault)
    return Urls({name: _split(url) for name, url in {**URLS, **(changed or {})}.items()})


def faults(changed: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for everything that keeps `changed` from being used."""
    sound = dict(URLS)
    for name, url in changed.items():
        if name not in URLS:
            yield f"urls.{name}: there is no such operation; known are: {', '.join(URLS)}"
        elif _URL.fullmatch(url) is None:
            yield f'urls.{name}: {url!r} is not "METHOD /path" (GET, POST, PUT, PATCH or DELETE, and no query)'
        elif sorted(_PART.findall(url)) != sorted(_PART.findall(URLS[name])):
            needed = ", ".join(f"{{{part}}}" for part in _PART.findall(URLS[name])) or "no parts in braces"
            yield f"urls.{name}: {url!r} must have {needed}, each once and nothing else in braces"
        else:
            sound[name] = url
    seen: dict[str, str] = {}
    for name, url in sound.items():
        other = seen.setdefault(_PART.sub("{}", url), name)
        if other != name:
            yield f"urls.{name if name in changed else other}: {url!r} is where {other} and {name} both would be"


def _split(url: str) -> tuple[str, str]:
    method, _, template = url.partition(" ")
    return method, template
