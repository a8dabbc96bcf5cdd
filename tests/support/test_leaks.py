"""The leak check is checked: each kind of leak fails its test, and a tidy test passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Each function leaves one thing behind.
LEAKING = """
    import asyncio, os, socket, subprocess, threading

    halt = threading.Event()
    kept = []

    def test_thread():
        threading.Thread(target=halt.wait, args=(60,), name="stray", daemon=True).start()

    def test_task():
        async def main():
            kept.append(asyncio.create_task(asyncio.Event().wait(), name="stray"))
        asyncio.run(main())

    def test_task_on_a_loop_of_its_own():
        loop = asyncio.new_event_loop()
        kept.append(loop.create_task(asyncio.Event().wait(), name="stray"))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    def test_child():
        kept.append(subprocess.Popen(["sleep", "60"]))

    def test_child_never_waited_for():
        if os.fork() == 0:
            os._exit(0)

    def test_file(tmp_path):
        kept.append(open(tmp_path / "stray", "w"))

    def test_socket():
        kept.append(socket.socket())

    def test_loop():
        kept.append(asyncio.new_event_loop())

    def test_tidy_one_after_them():
        pass

    def test_reap():
        kept[2].kill()
        kept[2].wait()
    """
#: What the failure of each must name.
NAMED = {
    "test_thread": "thread 'stray' at *:*",
    "test_task": "task 'stray' running *",
    "test_task_on_a_loop_of_its_own": "task 'stray' running *",
    "test_child": "child process *: sleep 60",
    "test_child_never_waited_for": "child process *never waited for*",
    "test_file": "open file *: */stray",
    "test_socket": "open file *: socket:*",
    "test_loop": "open file *: anon_inode:*",
}

TIDY = """
    import asyncio, select, socket, subprocess, threading

    def test_everything_closed(tmp_path):
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        async def main():
            await asyncio.create_task(asyncio.sleep(0))
            await asyncio.to_thread(len, "")
        asyncio.run(main())
        subprocess.run(["true"], check=True)
        with socket.socket(), open(tmp_path / "tidy", "w"):
            pass

    def test_thread_on_its_way_out():
        threading.Thread(target=threading.Event().wait, args=(0.2,)).start()

    def test_file_held_by_a_reference_cycle_alone():
        class Holder: pass
        holder = Holder()
        holder.itself, holder.file = holder, select.epoll()
    """


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], pytest.RunResult]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(source: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess("-p", "tests.support.leaks", "-p", "no:asyncio", timeout=60)

    return run


def test_each_leaking_test_fails_and_names_what_it_left(run: Callable[[str], pytest.RunResult]) -> None:
    result = run(LEAKING)
    result.assert_outcomes(passed=len(NAMED) + 2, errors=len(NAMED))
    for name, left in NAMED.items():
        result.stdout.fnmatch_lines([f"*ERROR at teardown of {name} *", "this test left behind:", f"  {left}"])


def test_tidy_test_passes(run: Callable[[str], pytest.RunResult]) -> None:
    run(TIDY).assert_outcomes(passed=3)
