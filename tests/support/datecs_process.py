"""A simulated fiscal printer behind a pty in a process of its own, which can be killed and remembers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

Json = dict[str, Any]


class RegisterProcess:
    """`device-sim datecs` with its memory in a file; it can be killed, and started again with what it remembers."""

    def __init__(self, folder: Path, dialect: str, speed: float) -> None:
        self.link = folder / "register"
        kind = ["datecs-x"] if dialect == "x" else ["datecs", "--dialect", dialect]
        where = ["--pty", str(self.link), "--state", str(folder / "register.state")]
        self._command = [sys.executable, "-m", "firmware_bridge.device_sim", *kind, *where, "--speed", f"{speed:g}"]
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        self.link.unlink(missing_ok=True)  # a process that was killed leaves it behind
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert "pty" in self._answer()

    def do(self, what: str) -> Json:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def kill(self) -> None:
        """SIGKILL: as if its plug was pulled."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        assert process is not None
        process.wait(timeout=60)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _answer(self) -> Json:
        assert self._process is not None
        assert self._process.stdout is not None
        answer: Json = json.loads(self._process.stdout.readline())
        return answer
