"""What holds for every test: nothing is left behind, and a failure can be replayed."""

from __future__ import annotations

import os
import random
import sys

import pytest
from hypothesis import settings

pytest_plugins = ("pytester", "tests.support.leaks", "tests.support.time_left")

# Tests start hundreds of processes of the till. Where a machine forbids to keep byte code, each of these would compile
# all of it anew, which takes longer than what the test is about.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# No test believes a certificate of the world, and reading all of them takes each of these processes 40 ms.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

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
