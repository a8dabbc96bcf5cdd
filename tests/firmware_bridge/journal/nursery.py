"""A process that owns nothing and bears children that write a journal until they are killed.

Run as `python -m tests.firmware_bridge.journal.nursery`. For each path on standard input a child is forked (so that
Python starts once and not for every kill); it says `child PID`, then for each record that `append` has acknowledged
`ack SEQ HASH`, until it is gone; then `gone SIGNAL` is said and the next path is taken. With `syncs COUNT` before
the path the child ends by itself after COUNT records, which is for counting its syncs from outside.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from tests.firmware_bridge.journal.samples import moved, open_journal, printing


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def write_journal(path: Path, most: int | None = None) -> None:
    """Append and acknowledge, one to three records a commit, a checkpoint now and then."""
    journal = open_journal(path)
    for turn in count(journal.head().seq):
        if most is not None and journal.head().seq >= most:
            return
        batch = [moved(turn)] if most is not None else [moved(turn), printing(), moved(turn)][: 1 + turn % 3]
        for record in journal.append(batch, snapshot=b"state" * 100 if turn % 7 == 0 else None):
            say(f"ack {record.seq} {record.hash.hex()}")
        if most is None and turn % 25 == 0:
            journal.checkpoint()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            say(f"child {os.getpid()}")
            write_journal(Path(line.strip()))
        _, status = os.waitpid(child, 0)
        say(f"gone {-os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    if sys.argv[1:]:
        write_journal(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
