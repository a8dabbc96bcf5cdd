"""Checkbox is told where this till hears it; the key that it gives once goes into its file and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drivers.errors import NotSent
from firmware_bridge import fiscal_webhook
from firmware_bridge.credentials import Secret
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.fiscal_arguments import Wish
from firmware_bridge.vendors.checkbox.config import CheckboxConfig
from firmware_bridge.vendors.checkbox.inspection import Row
from firmware_bridge.vendors.checkbox.webhook import accept
from firmware_bridge.vendors.http import Request, Response
from tests.firmware_bridge.vendors.checkbox.virtual import World, run, sale

URL = "https://till.example.com"
HEARD = f"{URL}/v1/webhooks/checkbox"


class Office:
    """A technician before one register, with the configuration whose key file is `key`."""

    def __init__(self, folder: Path, world: World | None = None) -> None:
        self.world = world or World()
        self.key = folder / "webhook.key"
        self.secrets: list[str] = []
        place = Secret(file=str(self.key))
        self.section = CheckboxConfig(login="a", password=place, license_key=place, webhook=place)

    def do(self, action: str, url: str = "") -> list[Row]:
        wish = Wish("webhook", action=action, url=url)  # type: ignore[arg-type]  # a word of the table below
        return run(fiscal_webhook.carry_out(self.world.client, self.section, wish, self.secrets.append))

    def told(self, action: str, url: str = "") -> str:
        return "; ".join(row.found for row in self.do(action, url))


def test_checkbox_sends_to_the_address_and_signs_with_the_key_in_the_file(tmp_path: Path) -> None:
    office = Office(tmp_path)
    told = office.told("set", URL)
    key = office.key.read_text("ascii").strip()
    assert f"Checkbox sends to {HEARD} from now on" in told
    assert str(office.key) in told
    assert key not in told
    assert office.secrets == [key], "and it is kept out of whatever is said"
    assert office.key.stat().st_mode & 0o777 == 0o600
    office.world.opened()
    run(office.world.fiscaliser.fiscalise(sale()))
    notices = office.world.books()["webhooks"]
    assert {one["url"] for one in notices} == {HEARD}
    assert [accept(key, one["body"].encode(), one["signature"]).kind for one in notices] == ["shift", "receipt"]


def test_another_address_brings_another_key(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.do("set", URL)
    first = office.key.read_text("ascii")
    office.do("set", f"{URL}:8443{fiscal_webhook.ROUTE}")
    assert office.key.read_text("ascii") != first
    assert f"Checkbox sends to {URL}:8443{fiscal_webhook.ROUTE} since" in office.told("show")
    assert list(tmp_path.iterdir()) == [office.key], "nothing is left beside it"


def test_what_is_set_is_shown_and_removed_and_that_is_harmless_twice(tmp_path: Path) -> None:
    office = Office(tmp_path)
    assert "none is set" in office.told("show")
    office.do("set", URL)
    assert HEARD in office.told("show")
    for _ in range(2):
        assert "Checkbox sends nothing any more" in office.told("remove")
    assert "none is set" in office.told("show")


def test_what_went_wrong_last_is_shown_in_the_vendors_words(tmp_path: Path) -> None:
    office = Office(tmp_path)

    def scripted(request: Request) -> Response | None:
        if not request.path.endswith("/webhook"):
            return None
        body = {"url": HEARD, "last_error_date": "2026-03-02T08:00:00+00:00", "last_error_message": "HTTP\n502"}
        return Response(200, {}, json.dumps(body).encode())

    office.world.line.scripted = scripted
    address, error = office.do("show")
    assert (address.ok, error.ok) == (True, False)
    assert error.found == 'at 2026-03-02T08:00:00+00:00: (Checkbox: "HTTP 502")'


# --- what can go wrong ------------------------------------------------------------------------------------------------


def test_without_a_file_for_the_key_nothing_is_sent(tmp_path: Path) -> None:
    office = Office(tmp_path)
    for place in (None, Secret(env="KEY")):
        office.section = CheckboxConfig(login="a", password=Secret(env="P"), license_key=Secret(env="L"), webhook=place)
        with pytest.raises(UsageError, match="names no file for the key"):
            office.do("set", URL)
    assert office.world.line.sent == []


def test_a_file_that_cannot_be_written_is_noticed_before_anything_is_sent(tmp_path: Path) -> None:
    office = Office(tmp_path / "nowhere")
    with pytest.raises(UserError, match="nothing was sent"):
        office.do("set", URL)
    assert office.world.line.sent == []


def test_a_file_that_cannot_be_replaced_is_told_after_checkbox_has_changed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.key.mkdir()
    with pytest.raises(UserError, match="its key could not be kept") as told:
        office.do("set", URL)
    assert told.value.hint == "put that right and give this command again"
    assert list(tmp_path.iterdir()) == [office.key]


@pytest.mark.parametrize(("action", "says"), [("set", "has taken the address"), ("remove", "has forgotten")])
def test_an_answer_that_is_lost_is_told_as_not_known(tmp_path: Path, action: str, says: str) -> None:
    office = Office(tmp_path)
    office.do("set", URL)
    key = office.key.read_text("ascii")
    office.world.line.cuts = ["after"]
    with pytest.raises(UserError, match=f"whether Checkbox {says}.* is not known"):
        office.do(action, URL if action == "set" else "")
    assert office.key.read_text("ascii") == key
    assert list(tmp_path.iterdir()) == [office.key]


def test_a_line_that_is_down_changes_nothing(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.world.line.cuts = ["before"]
    with pytest.raises(NotSent):
        office.do("set", URL)
    assert not list(tmp_path.iterdir())


def test_an_answer_without_a_key_is_not_taken_for_one(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.world.line.scripted = lambda request: (
        Response(200, {}, json.dumps({"url": HEARD}).encode()) if request.path.endswith("/webhook") else None
    )
    with pytest.raises(UserError, match="told no key"):
        office.do("set", URL)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "no address of the till"),
        ("till.example.com", "no address of the till"),
        ("ftp://till.example.com", "no address of the till"),
        ("https://", "no address of the till"),
        ("https://a:b@till.example.com", "no address of the till"),
        ("https://till.example.com/?x=1", "no address of the till"),
        ("https://till.example.com/hooks", "at /v1/webhooks/checkbox and not at /hooks"),
        (f"https://{'a' * 2100}.example", "more than 2083 characters"),
    ],
)
def test_what_is_no_address_of_the_till_is_refused(given: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        fiscal_webhook.address(given)
    assert "nothing was sent" in refused.value.text
