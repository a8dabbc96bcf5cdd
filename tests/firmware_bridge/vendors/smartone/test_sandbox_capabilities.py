"""The table of what is documented and what is inferred says the truth about the commands and the options."""

from __future__ import annotations

from dataclasses import fields

import pytest

from firmware_bridge.vendors.smartone.sandbox.capabilities import CAPABILITIES, OPERATIONS
from firmware_bridge.vendors.smartone.sandbox.options import SandboxOptions
from firmware_bridge.vendors.smartone.sandbox.routes import ACTS

#: Options that describe the shop or the test, not an open question about the vendor.
NOT_A_QUESTION = {"port", "merchant_id", "faults", "cash", "currency"}


def test_every_command_has_its_row_and_every_row_its_command() -> None:
    assert sorted(one.operation for one in OPERATIONS) == sorted({name for acts in ACTS.values() for name in acts})


def test_every_open_question_names_an_option_that_exists() -> None:
    known = {one.name for one in fields(SandboxOptions)}
    named = {one.option for one in CAPABILITIES if one.option}
    assert named <= known
    assert known - named == NOT_A_QUESTION


def test_every_row_has_a_source() -> None:
    assert all(one.source and one.what and one.basis in ("documented", "inferred") for one in CAPABILITIES)


@pytest.mark.parametrize("wrong", [{"cash": -1}, {"shift_hours": 0}, {"payments": {"V": "cashless"}}])
def test_options_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        SandboxOptions(**wrong)  # type: ignore[arg-type]  # that is the point
