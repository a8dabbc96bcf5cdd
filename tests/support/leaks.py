"""A pytest plugin: a test that leaves a thread, task, child process or open file behind fails at its teardown.

Every test is run between two looks at this process. What ends by itself shortly after the test (a thread on its
way out, an object in a reference cycle) is waited for and not counted. Tasks are looked at when their event loop
closes: `asyncio.run` would cancel them silently.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

#: How long, in seconds, a test's threads and children may take to end after it.
GRACE: Final = 2.0

#: Helper processes that Python itself starts once and keeps.
PYTHONS_OWN: Final = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


@dataclass(frozen=True, slots=True)
class Look:
    """What this process holds at one moment: threads, children (pid -> command), files (descriptor, target)."""

    threads: frozenset[threading.Thread]
    children: frozenset[tuple[int, str]]
    files: frozenset[tuple[int, str]]

    @classmethod
    def now(cls) -> Look:
        return cls(frozenset(threading.enumerate()), frozenset(_children()), frozenset(_open_files()))

    def left_behind(self, now: Look) -> list[str]:
        """One line per thing that is there `now` and was not there before."""
        return [
            *(f"thread {thread.name!r} {_where(thread)}" for thread in now.threads - self.threads),
            *(f"child process {pid}: {command}" for pid, command in sorted(now.children - self.children)),
            *(f"open file {number}: {target}" for number, target in sorted(now.files - self.files)),
        ]


def _open_files() -> Iterator[tuple[int, str]]:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - before and after every test: paths as objects cost more
        try:
            yield int(name), os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - as above
        except FileNotFoundError:
            continue  # closed meanwhile: the directory's own descriptor, or another thread's


def _children() -> Iterator[tuple[int, str]]:
    """Direct children, ended but unwaited ones included. Source: proc(5), /proc/PID/stat, fields 2 to 4."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)  # reaps nothing: asks whether there are any
    except ChildProcessError:
        return
    me = os.getpid()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text(errors="replace")
            state, parent = stat.rpartition(")")[2].split()[:2]
            if int(parent) != me:
                continue
            words = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended while we looked
        if not any(own in words for own in PYTHONS_OWN):
            yield int(entry.name), words or f"(ended, never waited for; state {state})"


def _where(thread: threading.Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return f"at {frame.f_code.co_filename}:{frame.f_lineno}" if frame else "(ended)"


def _settled(before: Look) -> list[str]:
    """What is left after everything that is about to end had its time to end."""
    left = before.left_behind(Look.now())
    if not left:
        return []
    gc.collect()
    deadline = time.monotonic() + GRACE
    for thread in frozenset(threading.enumerate()) - before.threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return before.left_behind(Look.now())


@dataclass(slots=True)
class TaskWatch:
    """Tasks still pending when their event loop was closed under them."""

    abandoned: list[str] = field(default_factory=list)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        for task in asyncio.all_tasks(loop):
            self.abandoned.append(f"task {task.get_name()!r} running {task.get_coro()!r}")

    def take(self) -> list[str]:
        taken, self.abandoned = self.abandoned, []
        return taken


@pytest.fixture(scope="session", autouse=True)
def task_watch() -> Iterator[TaskWatch]:
    """Look at the tasks of every event loop when its runner, or the loop itself, is closed."""
    watch = TaskWatch()
    close_runner, close_loop = asyncio.Runner.close, asyncio.BaseEventLoop.close

    def runner_closes(runner: asyncio.Runner) -> None:
        try:
            loop = runner.get_loop()
        except RuntimeError:
            return  # it was closed before
        watch.look(loop)
        close_runner(runner)

    def loop_closes(loop: asyncio.BaseEventLoop) -> None:
        if not loop.is_closed():
            watch.look(loop)
        close_loop(loop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Runner, "close", runner_closes)
        patch.setattr(asyncio.BaseEventLoop, "close", loop_closes)
        yield watch


@pytest.fixture(autouse=True)
def nothing_left_behind(task_watch: TaskWatch) -> Iterator[None]:
    task_watch.take()
    before = Look.now()
    yield
    left = task_watch.take() + _settled(before)
    if left:
        pytest.fail("this test left behind:\n  " + "\n  ".join(left), pytrace=False)
