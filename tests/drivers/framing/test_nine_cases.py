"""Every framer passes its nine cases, and none is without them; no parser of a device's bytes is without its noise."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.drawers.trigger_box.replies import StatusBytes
from drivers.framing import datecs_envelope
from drivers.framing.datecs import Broken
from drivers.ports import observed, recorded, usb_class
from drivers.printers import bitmap
from drivers.printers.datecs import commands_text
from drivers.printers.datecs.dialects import DIALECTS
from drivers.printers.datecs.status import read_status
from tests.drivers.framing.nine_cases import CASES, FRAMERS, Case, Framer

DRIVERS = Path(__file__).parents[3] / "drivers"
TABLE = [(framer, case) for framer in FRAMERS for case in CASES if case not in framer.excused]


def fed(framer: Framer, *pieces: bytes) -> list[Any]:
    parser = framer.make()
    return [one for piece in pieces for one in parser.feed(piece)]


def same(found: list[Any], wanted: list[Any]) -> bool:
    """`Broken` in the table stands for any number of broken frames, whatever is said of them."""
    if Broken in wanted:
        assert any(isinstance(one, Broken) for one in found), found
    whole = [one for one in found if not isinstance(one, Broken)]
    return whole == [one for one in wanted if one is not Broken]


# --- the nine --------------------------------------------------------------------------------------------------------


def split(framer: Framer) -> None:
    for wire, found in framer.frames:
        for at in range(len(wire) + 1):
            assert fed(framer, wire[:at], wire[at:]) == found
        assert fed(framer, *(bytes((byte,)) for byte in wire)) == found


def merged(framer: Framer) -> None:
    for first, one in framer.frames:
        for second, other in framer.frames:
            assert fed(framer, first + second + first) == [*one, *other, *one]


def noise(framer: Framer) -> None:
    for wire, found in framer.frames:
        assert fed(framer, framer.noise + wire + framer.noise) == found


def cut_off(framer: Framer) -> None:
    for wire, _ in framer.frames:
        for at in range(1, len(wire)):
            assert fed(framer, wire[:at]) == []


def following(framer: Framer) -> None:
    for spoilt, _ in framer.frames:
        for at in range(len(spoilt)):
            for wire, found in framer.frames:
                parser = framer.make()
                parser.feed(framer.noise + spoilt[:at])
                if framer.next_after_reset:
                    parser.reset()
                assert same(parser.feed(wire), found), (spoilt[:at], wire)


MADE: dict[Case, Callable[[Framer], None]] = {
    "split": split,
    "merged": merged,
    "noise": noise,
    "cut off": cut_off,
    "next": following,
}


@pytest.mark.parametrize(("framer", "case"), TABLE, ids=lambda one: str(one))
def test_framer_passes(framer: Framer, case: Case) -> None:
    if case in MADE:
        MADE[case](framer)
    for wire, wanted in framer.given.get(case, ()):
        assert same(fed(framer, wire), wanted)
        assert same(fed(framer, *(wire[at : at + 7] for at in range(0, len(wire), 7))), wanted)


@pytest.mark.parametrize("framer", FRAMERS, ids=str)
def test_every_case_is_made_or_given_or_excused_with_a_reason(framer: Framer) -> None:
    for case in CASES:
        assert case in framer.excused or case in MADE or case in framer.given, case
    assert not framer.excused.keys() & framer.given.keys()
    assert all(len(reason.split()) >= 3 for reason in framer.excused.values())


def test_no_framer_of_the_drivers_is_without_its_nine_cases() -> None:
    assert {type(framer.make()).__name__ for framer in FRAMERS} == set(feeders())


def feeders(root: Path = DRIVERS) -> Iterator[str]:
    """Classes of the drivers, simulators aside, that are fed with bytes and give what they found in them.

    Their method is called `feed`; in the package framing, where nothing else belongs, whatever it is called.
    """
    for path, tree in modules(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any(map(partial(feeds, path.parent.name), node.body)):
                yield node.name


def feeds(package: str, part: ast.stmt) -> bool:
    if not isinstance(part, ast.FunctionDef) or part.returns is None or "bytes" not in annotated(part):
        return False
    makes_a_frame = ast.unparse(part.returns) == "bytes"
    return part.name == "feed" or (package == "framing" and not part.name.startswith("_") and not makes_a_frame)


def test_control_a_framer_that_takes_noise_for_an_answer_fails() -> None:
    (framer,) = (one for one in FRAMERS if one.make is StatusBytes)
    with pytest.raises(AssertionError):
        noise(Framer("gullible", StatusBytes, framer.frames, noise=b"\x10"))


# --- noise -----------------------------------------------------------------------------------------------------------

#: Parsers that are no framers: bytes that a device, a file or a person gives, to a value.
PARSERS: dict[str, tuple[Callable[[bytes], object], tuple[type[Exception], ...]]] = {
    "drivers.framing.datecs_envelope.unescape": (datecs_envelope.unescape, ()),
    "drivers.framing.datecs_envelope.value_of": (lambda data: datecs_envelope.value_of(data, 4), ()),
    "drivers.ports.recorded.parse": (recorded.parse, (recorded.RecordingError,)),
    "drivers.ports.observed.unpack_lines": (observed.unpack_lines, ()),
    "drivers.ports.usb_class.device_id": (usb_class.device_id, ()),
    "drivers.printers.bitmap.black_dots": (lambda data: bitmap.black_dots(data, 576, 400), (bitmap.UnfitPicture,)),
    "drivers.printers.bitmap.size_of": (bitmap.size_of, (bitmap.UnfitPicture,)),
    "drivers.printers.datecs.commands_text.decode": (commands_text.decode, ()),
    "drivers.printers.datecs.status.read_status": (
        lambda data: [read_status(row, data) for row in DIALECTS.values()],
        (),
    ),
}
#: What takes bytes that we made ourselves.
OWN_BYTES = {
    "drivers.drawers.trigger_box.boxes.box_of": "the code stands in the configuration",
    "drivers.printers.escpos.realtime.real_time_pairs": "looks through dots that are about to be sent",
}


@pytest.mark.parametrize("framer", FRAMERS, ids=str)
@settings(max_examples=60)
@given(data=st.data())
def test_no_noise_raises_and_the_cut_of_the_reads_never_matters(framer: Framer, data: st.DataObject) -> None:
    piece = st.one_of(st.binary(max_size=60), st.sampled_from([wire for wire, _ in framer.frames]))
    stream = b"".join(data.draw(st.lists(piece, max_size=12)))
    size = data.draw(st.integers(1, 17))
    parser = framer.make()
    found = [one for at in range(0, len(stream), size) for one in parser.feed(stream[at : at + size])]
    assert found == framer.make().feed(stream)
    parser.reset()
    wire, wanted = framer.frames[0]
    assert parser.feed(wire) == wanted


@pytest.mark.parametrize("framer", FRAMERS, ids=str)
def test_noise_without_end_leaves_a_framer_that_reads_the_next_frame(framer: Framer, seed: int) -> None:
    chance = random.Random(seed)
    parser = framer.make()
    for _ in range(40):
        parser.feed(chance.randbytes(2000))
    parser.reset()
    wire, wanted = framer.frames[-1]
    assert parser.feed(wire) == wanted


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=80)
@given(data=st.one_of(st.binary(max_size=200), st.from_regex(rb"[ -~\n]{0,200}")))
def test_no_noise_raises_anything_but_what_the_parser_says(name: str, data: bytes) -> None:
    parse, raises = PARSERS[name]
    try:
        parse(data)
    except raises:
        return


def test_no_parser_of_the_drivers_is_without_its_noise() -> None:
    assert set(parsers()) == PARSERS.keys() | OWN_BYTES.keys()


def parsers(root: Path = DRIVERS) -> Iterator[str]:
    """Public functions of the drivers, simulators aside, that make a value of bytes."""
    for path, tree in modules(root):
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
                continue
            takes_bytes = any("bytes" in one.split(" | ") for one in annotated(node))
            if takes_bytes and ast.unparse(node.returns) != "bytes":
                yield f"{'.'.join(path.relative_to(root.parent).with_suffix('').parts)}.{node.name}"


def modules(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        if not any(part.startswith("simulat") for part in path.relative_to(root).with_suffix("").parts):
            yield path, ast.parse(path.read_bytes())


NEWCOMERS = """
class Feeds:
    def feed(self, data: bytes) -> list[int]: ...

class Takes:
    def take(self, data: bytes) -> int | None: ...

class Makes:
    def request(self, data: bytes) -> bytes: ...

def price_of(answer: bytes | None) -> int: ...

def frame_of(data: bytes) -> bytes: ...
"""


def test_control_a_new_framer_or_parser_would_be_missed_in_the_tables(tmp_path: Path) -> None:
    for package in ("framing", "scales", "simulated"):
        (tmp_path / "drivers" / package).mkdir(parents=True)
        (tmp_path / "drivers" / package / "newcomer.py").write_text(NEWCOMERS)
    assert list(feeders(tmp_path / "drivers")) == ["Feeds", "Takes", "Feeds"]
    assert list(parsers(tmp_path / "drivers")) == [
        "drivers.framing.newcomer.price_of",
        "drivers.scales.newcomer.price_of",
    ]


def annotated(function: ast.FunctionDef) -> list[str]:
    """The types of its arguments."""
    return [ast.unparse(argument.annotation) for argument in function.args.args if argument.annotation is not None]
