"""The tills of these tests tell what a real one would: their answers are as the API describes them."""

from __future__ import annotations

import msgspec
import pytest

from firmware_bridge.api import answer_schema as told
from tests.firmware_bridge.page.states import STATES, PageTill


@pytest.mark.parametrize("name", STATES)
def test_state_is_as_the_api_describes_it(name: str) -> None:
    till = PageTill()
    STATES[name](till)
    status = {**till.told, "books": [till.book]}
    assert msgspec.to_builtins(msgspec.convert(status, told.Status)) == status
    page = {"receipts": till.documents}
    assert msgspec.to_builtins(msgspec.convert(page, told.Documents)) == page
    devices = {"devices": list(till.devices())}
    assert msgspec.to_builtins(msgspec.convert(devices, told.Devices)) == devices
