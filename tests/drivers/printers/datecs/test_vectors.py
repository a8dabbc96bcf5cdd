"""Are the recorded frames and the worked examples all there, and held to in both directions?

The list was written by hand from the recordings and the manuals: direction, SEQ, CMD and the four characters of the
check sum. vectors.txt has the frames themselves.
"""

from __future__ import annotations

from collections import Counter

import pytest

from drivers.framing.datecs import CLASSIC, Reader, Reply, Request, RequestReader, X
from tests.drivers.printers.datecs.vectors import VECTORS, Vector

RECORDED = """
# a whole sale on a Synergy PF-500
>20 30 01?;   <20 30 0593   >23 31 06:4   <23 31 03=5   >20 31 069>   <20 31 03=2   >23 35 008;   <23 35 0603
>20 38 00:2   <20 38 0594
# status and diagnostics of a SY55, diagnostics of a DP-150MX
>21 4A 0094   <21 4A 074:   >22 5A 00=7   <22 5A 0>:?   >21 5A 01?3   <21 5A 1112
# a DP-25X that failed under a clean status, and its clock
>30 35 030:   <30 35 074?   >31 3E 01=3
# the opening in the X manual
>2C 30 02>?   <2C 30 06<;
"""
WORKED = """
# classic
>20 4A 0093   <20 4A 06>4   >21 5A 00=6   >22 30 06:8   <22 30 0565   >23 31 05?3   <23 31 03;0   >24 33 00>3
>25 35 01:5   <25 35 05?;   >26 38 0087   <26 38 0569   >27 3C 008<   >28 26 0077   >2A 27 007:   >29 2A 06;7
>2B 46 01;?   >2C 46 01<1   >2D 45 00<>   >2E 45 00<=   >2F 6A 0129   >30 2C 00;9   >31 2D 0087   >32 71 00<<
<32 71 055;   >33 3E 009:   <33 3E 0722   >34 3D 03?7   >35 4C 00??   <35 4C 08=8   >36 6D 00?>   >37 2E 10=;
<3A 31 03>8   <3B 31 03>2   <39 99 0448
# X
>20 4A 01;?   >22 30 032=   <22 30 06<2   >23 31 0785   >25 35 02<5   <25 35 0750   >26 38 01<2   <26 38 06<6
>27 3C 01<7   >28 45 0225   >29 45 0228   >2A 46 0320   >2B 46 02?5   >2C 6A 023>   >2F 4C 01=0   >30 7B 0211
>34 FF 0383   <33 31 074>
"""


def listed(text: str) -> Counter[str]:
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    words = " ".join(rows).split()
    return Counter(" ".join(words[at : at + 3]) for at in range(0, len(words), 3))


def named(vector: Vector) -> str:
    arrow = "<" if vector.status else ">"
    return f"{arrow}{vector.seq:02X} {vector.command:02X} {vector.frame[-5:-1].decode()}"


def test_no_recorded_frame_is_missing_and_none_was_made_up() -> None:
    assert Counter(named(vector) for vector in VECTORS if vector.seen) == listed(RECORDED)


def test_no_worked_example_is_missing_and_none_was_made_up() -> None:
    assert Counter(named(vector) for vector in VECTORS if not vector.seen) == listed(WORKED)
    assert len(VECTORS) == 74


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_every_frame_is_read_and_built_byte_by_byte_the_same(vector: Vector) -> None:
    envelope = vector.envelope
    if vector.status:
        (reply,) = Reader(envelope).feed(vector.frame)
        assert reply == Reply(vector.seq, vector.command, vector.data, vector.status)
        assert envelope.reply(vector.seq, vector.command, vector.data, vector.status) == vector.frame
    else:
        (order,) = RequestReader(envelope).feed(vector.frame)
        assert order == Request(vector.seq, vector.command, vector.data)
        assert envelope.request(vector.seq, vector.command, vector.data) == vector.frame


@pytest.mark.parametrize("vector", VECTORS, ids=str)
def test_a_frame_of_one_envelope_is_none_of_the_other(vector: Vector) -> None:
    other = X if vector.envelope is CLASSIC else CLASSIC
    found = (Reader if vector.status else RequestReader)(other).feed(vector.frame)
    assert not any(isinstance(one, Reply | Request) for one in found)
