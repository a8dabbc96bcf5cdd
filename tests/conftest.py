"""What holds for every test: nothing is left behind, and a failure can be replayed."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import settings

pytest_plugins = ("pytester", "tests.support.leaks")

# Never derandomised: every run tries new examples, and a failure prints the blob that replays it. No deadline: a
# busy machine is not a defect; a hang is ended by faulthandler_timeout. Loaded by name because hypothesis chooses
# a profile of its own where CI is set.
settings.register_profile("till", deadline=None, derandomize=False, print_blob=True)
settings.load_profile("till")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Seed for `random.Random` in tests that draw at random; SEED in the environment replays a failure."""
    chosen = int(os.environ.get("SEED") or random.SystemRandom().getrandbits(32))
    request.node.add_report_section("call", "seed", f"replay with: SEED={chosen} pytest '{request.node.nodeid}'")
    return chosen
