"""Signing in at the status page by name and PIN, in a browser, with the keyboard alone."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import msgspec
import pytest

from firmware_bridge.config import ROLES, Config
from firmware_bridge.console.pins import Pins
from firmware_bridge.console.settings import ConsoleConfig
from firmware_bridge.words.table import LANGUAGES
from statemachines.vocabulary.people_events import SignedIn, SignInRefused
from tests.blackbox.test_page import LOOKS, NOTHING, text
from tests.firmware_bridge.api.wire import TOKENS, config, running
from tests.firmware_bridge.page.browser import Tab, browser, found
from tests.firmware_bridge.page.states import PageTill

pytestmark = pytest.mark.skipif(found() is None, reason="there is no Chromium on this machine (Debian: chromium)")

NAME, PIN = "pos-technician", "271828"


def settings(folder: Path) -> Config:
    place = folder / "pins"
    Pins(place, lambda: time.time_ns() // 1_000_000).set(NAME, "technician", PIN)
    clients = [{"name": f"pos-{role}", "role": role, "token_file": f"/{role}"} for role in ROLES]
    return msgspec.structs.replace(config(clients=clients), console=ConsoleConfig(pins=str(place)))


def test_a_person_signs_in_by_name_and_pin_with_the_keyboard_alone(tmp_path: Path) -> None:
    async def main() -> PageTill:
        till = PageTill()
        async with running(till, settings(tmp_path), outbox=till, devices=till) as api, browser() as tab:
            await tab.size(390, 844)
            await tab.go(f"http://127.0.0.1:{api.port}/?lang=en")
            await _looks_well_in_every_language(tab)
            await tab.until("document.activeElement.id === 'name'")
            await tab.type(NAME)
            await tab.key("Tab")
            await tab.type("314159")
            await tab.key("Enter", "\r")
            await tab.until("document.getElementById('signin-error').innerText === 'Name or PIN is wrong'")
            await tab.until("document.activeElement.id === 'pin'")
            assert await tab.run("document.getElementById('pin').value") == "", "a wrong one is not left there"
            assert await tab.run("document.getElementById('name').value") == NAME
            await tab.type(PIN)
            await tab.key("Enter", "\r")
            await tab.until("document.body.dataset.ready")
            assert NAME in await text(tab, "who")
            kept = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.body.innerHTML])"
            assert PIN not in await tab.run(kept)
            await tab.run("document.getElementById('out').click()")
            await _by_token(tab)
            assert [one for one in tab.problems if "401" not in one] == []
        return till

    acts = asyncio.run(main()).acts
    wrong, came = acts[:2]
    assert isinstance(wrong, SignInRefused)
    assert isinstance(came, SignedIn)
    assert (came.person, came.role, came.channel, came.means) == (NAME, "technician", "page", "pin")


async def _by_token(tab: Tab) -> None:
    """Behind its disclosure, which opens by keyboard."""
    await tab.until("document.activeElement.id === 'name'")
    for _ in range(8):
        await tab.key("Tab")
        if await tab.run("document.activeElement.tagName") == "SUMMARY":
            break
    assert not await tab.run("document.getElementById('by-token').open")
    await tab.key("Enter", "\r")
    await tab.until("document.getElementById('by-token').open")
    await tab.key("Tab")
    assert await tab.run("document.activeElement.id") == "token"
    await tab.type(TOKENS["manager"])
    await tab.key("Enter", "\r")
    await tab.until("document.getElementById('who').innerText.includes('pos-manager')")


async def _looks_well_in_every_language(tab: Tab) -> None:
    """Nothing is pale, small or cut off, the disclosure open."""
    await tab.until("document.activeElement.id === 'name'")
    await tab.run("document.getElementById('by-token').open = true")
    seen = set[str]()
    for language in (*LANGUAGES[1:], LANGUAGES[0]):
        await tab.run(
            "{ const one = document.getElementById('language'); "
            f"one.value = '{language}'; one.dispatchEvent(new Event('change')); }}"
        )
        await tab.until(
            f"document.documentElement.lang === '{language}' && "
            f"!{json.dumps(sorted(seen))}.includes(document.querySelector('#pin-form h2').innerText)"
        )
        seen.add(await tab.run("document.querySelector('#pin-form h2').innerText"))
        assert await tab.run(LOOKS) == NOTHING, language
    await tab.run("document.getElementById('by-token').open = false; document.getElementById('name').focus()")
