"""On a sale's way: every route of the API and who may take it. One table, nothing is allowed by default."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_bridge.config import ROLES, Role

_ID = r"{id:[A-Za-z0-9._:\-]{1,64}}"
_BOOK = r"{book:[a-z0-9_]{1,32}}"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path. `roles` None = public: no token, and nothing is told but "alive" and the bare status page; or
    it looks at another proof itself: who signs in, a webhook (a signature with the key that the configuration has)."""

    name: str
    method: str
    path: str
    roles: frozenset[Role] | None


def _route(name: str, method: str, path: str, *roles: Role) -> Route:
    return Route(name, method, path, frozenset(roles) or None)


# fmt: off
ROUTES: tuple[Route, ...] = (
    #      name             method  path                              who
    _route("sales",         "POST", "/v1/sales",                      "cashier", "manager"),
    _route("returns",       "POST", "/v1/returns",                    "cashier", "manager"),
    _route("receipts",      "GET",  "/v1/receipts",                   *ROLES),
    _route("receipt_text",  "GET",  f"/v1/receipts/{_ID}.txt",        *ROLES),
    _route("receipt_image", "GET",  f"/v1/receipts/{_ID}.png",        *ROLES),
    _route("receipt",       "GET",  f"/v1/receipts/{_ID}",            *ROLES),
    _route("copy",          "POST", f"/v1/receipts/{_ID}/copy",       "cashier", "manager"),
    _route("resolve",       "POST", f"/v1/receipts/{_ID}/resolve",    "cashier", "manager", "technician"),
    _route("retry",         "POST", f"/v1/receipts/{_ID}/retry",      "cashier", "manager", "technician"),
    _route("cash",          "POST", "/v1/cash",                       "cashier", "manager"),
    _route("documents",     "POST", "/v1/documents",                  "cashier", "manager"),
    _route("shifts",        "POST", "/v1/shifts",                     "cashier", "manager"),
    _route("shift",         "GET",  "/v1/shifts/current",             *ROLES),
    _route("close",         "POST", "/v1/shifts/current/close",       "cashier", "manager"),
    _route("call_off",      "POST", "/v1/shifts/current/close/cancel", "cashier", "manager"),
    _route("x_report",      "POST", "/v1/reports/x",                  "cashier", "manager"),
    _route("drawers",       "GET",  "/v1/drawers",                    *ROLES),
    _route("drawer",        "GET",  f"/v1/drawers/{_ID}",             *ROLES),
    _route("open_drawer",   "POST", f"/v1/drawers/{_ID}/open",        "cashier", "manager", "technician"),
    _route("activate",      "POST", f"/v1/drawers/{_ID}/activate",    "cashier", "manager"),
    _route("deactivate",    "POST", f"/v1/drawers/{_ID}/deactivate",  "cashier", "manager"),
    _route("cashiers",      "POST", f"/v1/drawers/{_ID}/cashiers",    "manager"),
    _route("counts",        "POST", "/v1/counts",                     "cashier", "manager"),
    _route("count",         "GET",  f"/v1/counts/{_ID}",              *ROLES),
    _route("counted",       "PUT",  f"/v1/counts/{_ID}",              "cashier", "manager"),
    _route("recount",       "POST", f"/v1/counts/{_ID}/recount",      "cashier", "manager"),
    _route("submit_count",  "POST", f"/v1/counts/{_ID}/submit",       "cashier", "manager"),
    _route("cancel_count",  "POST", f"/v1/counts/{_ID}/cancel",       "cashier", "manager"),
    _route("status",        "GET",  "/v1/status",                     *ROLES),
    _route("outbox",        "GET",  "/v1/outbox",                     "manager", "technician", "observer"),
    _route("outbox_retry",  "POST", f"/v1/outbox/{_BOOK}/retry",      "manager", "technician"),
    _route("outbox_park",   "POST", f"/v1/outbox/{_BOOK}/park",       "manager", "technician"),
    _route("outbox_drop",   "POST", f"/v1/outbox/{_BOOK}/drop",       "manager", "technician"),
    _route("orders",        "GET",  "/v1/orders",                     *ROLES),
    _route("order_confirm", "POST", f"/v1/orders/{_ID}/confirm",      "cashier", "manager"),
    _route("order_refuse",  "POST", f"/v1/orders/{_ID}/refuse",       "cashier", "manager"),
    _route("devices",       "GET",  "/v1/devices",                    "manager", "technician", "observer"),
    _route("accept_device", "POST", f"/v1/devices/{_ID}/accept",      "manager", "technician"),
    _route("unjam",         "POST", "/v1/fiscal/resolve",             "manager"),
    _route("acts",          "POST", "/v1/people/acts",                *ROLES),
    _route("events",        "GET",  "/v1/events",                     *ROLES),
    _route("openapi",       "GET",  "/openapi.json",                  *ROLES),
    _route("metrics",       "GET",  "/metrics",                       "manager", "technician", "observer"),
    _route("session",       "GET",  "/v1/session",                    *ROLES),
    _route("sign_out",      "POST", "/v1/session/end",                *ROLES),
    _route("sign_in",       "POST", "/v1/session"),
    _route("page_file",     "GET",  "/page/{name:[a-z_.]{1,32}}"),
    _route("webhook_checkbox", "POST", "/v1/webhooks/checkbox"),
    _route("healthz",       "GET",  "/healthz"),
    _route("root",          "GET",  "/"),
)
# fmt: on

BY_NAME: dict[str, Route] = {route.name: route for route in ROUTES}
