"""Chance with a seed that is said, so that a failure can be played again (JOURNAL_SEED=…)."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("JOURNAL_SEED") or random.randrange(2**32))
    sys.stdout.write(f"JOURNAL_SEED={seed}\n")
    return random.Random(seed)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"
