"""How long a run of tests still takes, for whoever watches it at a terminal: a line each half minute, behind its dots.

pytest tells a share at the end of full lines of dots, and with `-s` none at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from firmware_bridge.progress import Progress

EVERY_S = 30.0


class TimeLeft:
    """Counts the tests that are over. `say` gets a line on a fresh row of the terminal."""

    def __init__(self, say: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(say, monotonic, every_s=EVERY_S)
        self._begun = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All tests are known; with workers, nothing is known here."""
        if session.items:
            self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """A worker knows them, and each knows the same."""
        del node
        if not self._begun:
            self._begin(len(ids))

    def _begin(self, tests: int) -> None:
        self._begun = True
        self._progress.begin("tests", tests)
        self._progress.close()

    def pytest_runtest_logfinish(self) -> None:
        """One more is over, here or at a worker."""
        self._progress.advance()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Only at a terminal, and not in a worker."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput") or not reporter.isatty:
        return

    def say(text: str) -> None:
        reporter.write(f"\n{text}\n")

    config.pluginmanager.register(TimeLeft(say), "time left")
