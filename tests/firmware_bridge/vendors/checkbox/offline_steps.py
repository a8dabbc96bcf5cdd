"""A register of Checkbox with a shift open and codes to spare, and the steps of an offline time before it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from firmware_bridge.vendors.checkbox.forms import Profile
from firmware_bridge.vendors.http import Request, Response
from statemachines.vocabulary.effects import GoOffline
from statemachines.vocabulary.offline_events import (
    OfflineCode,
    RegisterSeen,
    WentOffline,
)
from tests.firmware_bridge.vendors.checkbox.offline_till import SESSION
from tests.firmware_bridge.vendors.checkbox.virtual import (
    World,
    run,
)

PROFILES = pytest.mark.parametrize("profile", ["current", "seed"])
POOL = tuple(f"TEST-{n:06d}" for n in range(1, 9))


def world_with_codes(profile: Profile = "current", **options: Any) -> World:
    """A shift is open, a minute has passed, and Checkbox has eight codes."""
    world = World(profile, **{"offline_codes": POOL, **options}).opened()
    world.time.vendor.advance(60)
    return world


def code(n: int) -> OfflineCode:
    return OfflineCode(POOL[n - 1], n)


def now(world: World) -> int:
    return world.time.utc_ms() // 1000 * 1000


def look(world: World) -> RegisterSeen:
    seen = run(world.fiscaliser.look())
    assert isinstance(seen, RegisterSeen)
    return seen


def gone(world: World, n: int = 8) -> int:
    """Off line by our own step; the session's date."""
    at = now(world) + 1000
    assert run(world.fiscaliser.go_offline(GoOffline(SESSION, code(n), at))) == WentOffline(SESSION)
    world.line.sent.clear()
    return at


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def refusing(path: str, message: str, status: int = 400) -> Any:
    def scripted(request: Request) -> Response | None:
        body = json.dumps({"message": message}).encode()
        return Response(status, {}, body) if request.path.endswith(path) else None

    return scripted
