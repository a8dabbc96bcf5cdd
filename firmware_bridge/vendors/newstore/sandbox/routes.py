"""In the vendor's place behind a sale: which operation is where.

The page names the operations and their parameters, not the paths: every template is inferred, and another one can be
given in `SandboxOptions.urls`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from firmware_bridge.vendors.newstore.sandbox import counts, drawers, reports, transactions
from firmware_bridge.vendors.newstore.sandbox.call import Call
from firmware_bridge.vendors.newstore.sandbox.errors import Refused
from firmware_bridge.vendors.newstore.sandbox.http import Answer

Act = Callable[[Call], Answer]
_DRAWER: Final = "/cash_drawers/{drawer_id}"
#: In the page's order: operation -> where it is.
URLS: Final[dict[str, str]] = {
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
ACTS: Final[dict[str, Act]] = {
    "put_config": drawers.put_config,
    "get_config": drawers.get_config,
    "list_types": transactions.list_types,
    "list_drawers": drawers.list_drawers,
    "add_drawer": drawers.add_drawer,
    "update_drawer": drawers.update_drawer,
    "get_drawer": drawers.get_drawer,
    "decommission": drawers.decommission,
    "start": transactions.start,
    "start_non_sale": transactions.start_non_sale,
    "perform_count": counts.perform,
    "track_activity": transactions.track,
    "activate": drawers.activate,
    "deactivate": drawers.deactivate,
    "daily_reports": reports.daily,
    "get_transaction": transactions.get,
    "finish": transactions.finish,
    "record_count": counts.record,
    "count_action": counts.act,
    "store_report": reports.of_store,
}


class Routes:
    """The table of one sandbox."""

    def __init__(self, changed: Mapping[str, str]) -> None:
        """`changed`: operation -> "METHOD /template". Raises ValueError for one that cannot be served."""
        self._rows: list[tuple[str, str, re.Pattern[str]]] = []
        for name, url in {**URLS, **changed}.items():
            method, _, template = url.partition(" ")
            if name not in URLS or not template.startswith("/") or template.startswith("/_"):
                raise ValueError(f"urls: {name} = {url!r} is no operation with METHOD /template")
            if _names(url) != _names(URLS[name]):
                raise ValueError(f"urls: {name} = {url!r} needs the parts {', '.join(_names(URLS[name])) or 'none'}")
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            self._rows.append((name, method, re.compile(pattern)))

    def find(self, method: str, path: str) -> tuple[str, Mapping[str, str]]:
        """The operation and the parts of the path that vary. Raises Refused: 404, 405."""
        known = False
        for name, needed, pattern in self._rows:
            match = pattern.fullmatch(path)
            if match is not None and needed == method:
                return name, match.groupdict()
            known = known or match is not None
        raise Refused("no-method" if known else "no-path")


def _names(url: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", url))
