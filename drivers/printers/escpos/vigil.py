"""Beside a job on its way: does the printer answer all the while, or was it without power for a moment?

A printer that keeps marks in its RAM shows afterwards whether it was switched off in the middle. Of others only a
question that stayed without answer tells, and a line that holds bytes for seconds hides it from whoever asks now and
then. So questions stand in the job itself, DLE EOT 1 between its commands, and their answers are counted.
"""

from __future__ import annotations


class Roll:
    """DLE EOT n: what was asked and what was answered. Answers carry no name; they come in the order of the questions.

    `late`: answers that may still come. `last`: the n asked last. `since`: how many were asked since an answer came.
    """

    def __init__(self) -> None:
        self.asked = 0
        self.answered = 0
        self.late = 0
        self.last = 0
        self.since = 0

    def ask(self, n: int, count: int = 1) -> None:
        """So many questions have left."""
        self.last = n
        self.asked += count
        self.late += count
        self.since += count

    def answer(self) -> None:
        """An answer came."""
        self.answered += 1
        self.late = max(0, self.late - 1)
        self.since = 0

    def forget(self) -> None:
        """Nothing will come any more."""
        self.late = 0


class Vigil:
    """Over one printer's jobs. `gaps`: jobs during which an answer was missing.

    `deaf`: it answered none of several questions in a job and printed the job all the same, and never did otherwise,
    so that its silence says nothing; it is not asked any more.
    """

    def __init__(self) -> None:
        self.gaps: set[str] = set()
        self.deaf = False
        self._attentive = False

    def away(self, job_id: str, asked: int, missing: int) -> bool:
        """Was it away for a moment while the job came in, with `asked` questions and `missing` answers?"""
        if not missing:
            self._attentive = True
        elif self._attentive or missing < asked:
            self.gaps.add(job_id)
            return True
        elif asked > 1:
            self.deaf = True
        return False
