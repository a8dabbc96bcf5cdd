"""One device, one owner, under whatever names."""

from __future__ import annotations

import pytest

from drivers.ports.base import PortLost
from drivers.ports.owners import hold


def test_second_owner_is_refused_and_both_are_named() -> None:
    first = hold([("serial", 1)], "serial:/dev/till/printer", "receipt printer")
    with pytest.raises(PortLost) as refused:
        hold([("serial", 1)], "serial:/dev/till/drawer", "cash drawer")
    assert str(refused.value) == (
        "cash drawer at serial:/dev/till/drawer: it is the same device as serial:/dev/till/printer and is in use by "
        "the receipt printer of this till; nothing was sent; give each of the two a port of its own in the "
        "configuration"
    )
    first.release()


def test_the_same_name_twice_is_told_as_such() -> None:
    first = hold([("gpio", 17)], "gpio:17", "")
    with pytest.raises(PortLost, match=r"drawer at gpio:17: it is in use by another part of this till"):
        hold([("gpio", 17)], "gpio:17", "drawer")
    first.release()


def test_one_of_several_identities_is_enough() -> None:
    first = hold([("tcp", "10.0.0.5", 9100), ("tcp", "::5", 9100)], "tcp:printer:9100", "a")
    with pytest.raises(PortLost):
        hold([("tcp", "::5", 9100), ("tcp", "::6", 9100)], "tcp:[::5]:9100", "b")
    hold([("tcp", "::6", 9100)], "tcp:[::6]:9100", "c").release()
    first.release()


def test_what_is_given_back_may_be_taken() -> None:
    first = hold([("usb", 1, 4)], "usb:printer", "a")
    first.release()
    first.release()
    second = hold([("usb", 1, 4)], "usb:printer", "b")
    first.release()
    with pytest.raises(PortLost, match="by the b of"):
        hold([("usb", 1, 4)], "usb:printer", "c")
    second.release()
