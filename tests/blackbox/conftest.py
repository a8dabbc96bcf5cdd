"""One cash desk for all tests of a file, where they do not disturb each other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.processes import Desk, desk


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A till with a quick printer, its shift open."""
    with desk(tmp_path_factory.mktemp("desk")) as found:
        yield found
