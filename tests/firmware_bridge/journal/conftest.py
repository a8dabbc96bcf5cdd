"""Chance with a seed that is said, so that a failure can be played again (JOURNAL_SEED=…)."""

from __future__ import annotations

import os
import random
import sys

import pytest


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("JOURNAL_SEED") or random.randrange(2**32))
    sys.stdout.write(f"JOURNAL_SEED={seed}\n")
    return random.Random(seed)
