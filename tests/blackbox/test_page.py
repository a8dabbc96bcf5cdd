"""The status page in a browser: what a person sees and does there."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from firmware_bridge.played_devices import Device
from firmware_bridge.words.table import LANGUAGES
from statemachines.vocabulary.commands import OpenDrawer, ResolveDoubt
from tests.firmware_bridge.api.wire import running
from tests.firmware_bridge.page import browser as browsing
from tests.firmware_bridge.page.browser import Tab, browser, enter, found
from tests.firmware_bridge.page.states import STATES, PageTill
from tests.support.device_desk import DeviceDesk, device_desk, write
from tests.support.processes import QUICK, line, sale

pytestmark = pytest.mark.skipif(found() is None, reason="there is no Chromium on this machine (Debian: chromium)")

SIZES = ((390, 844), (800, 480))
NOTHING: dict[str, list[str]] = {"pale": [], "small": [], "cut": []}
PARTS = Path(browsing.__file__).parent
LOOKS = (PARTS / "looks.js").read_text("utf-8")


async def shown(tab: Tab, till: PageTill) -> None:
    """The page has what the till tells now, pictures and all."""
    till.happens()
    await tab.until(f"document.body.dataset.ready === '{till.told['journal']['seq']}'")
    await tab.until("[...document.images].every((one) => one.hidden || one.complete)")


async def text(tab: Tab, name: str) -> str:
    return str(await tab.run(f"document.getElementById('{name}').innerText"))


def test_page_shows_four_states_on_a_phone_and_on_a_kiosk(tmp_path: Path) -> None:
    async def main() -> None:
        till = PageTill()
        async with running(till, outbox=till, devices=till) as api, browser() as tab:
            await tab.size(*SIZES[0])
            await enter(tab, api.port)
            for width, height in SIZES:
                await tab.size(width, height)
                for name, becomes in STATES.items():
                    becomes(till)
                    await shown(tab, till)
                    await _looks_well(tab, name, width)
                    await tab.picture(tmp_path / f"{name}-{width}x{height}.png")
            STATES["paper-out"](till)
            await shown(tab, till)
            await _speaks(tab, till)
            assert tab.problems == []
            own = (f"http://127.0.0.1:{api.port}/", f"blob:http://127.0.0.1:{api.port}/")
            assert [url for url in tab.asked if not url.startswith(own)] == []

    asyncio.run(main())
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == len(STATES) * len(SIZES)
    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)


async def _looks_well(tab: Tab, name: str, width: int) -> None:
    bar, needs, register = await text(tab, "verdict"), await text(tab, "needs-list"), await text(tab, "register")
    match name:
        case "well":
            assert (bar, needs) == ("This till can sell", "Nothing needs you")
            assert "Expected cash: UAH 4,823.50" in (await text(tab, "shift")).replace("\xa0", " ")
        case "paper-out":
            assert bar == "This till cannot sell"
            assert "no paper" in await text(tab, "why")
            assert "no paper" in await text(tab, "printer")
            assert "Drawer main stands open" in needs
        case "fiscal-doubt":
            assert bar == "This till cannot sell"
            assert "The register does not have it" in needs
            assert "POST" not in await text(tab, "why")
        case "offline-30h":
            assert bar == "It can sell, but needs you"
            assert "30 of 36 h" in register
            assert "568" in await text(tab, "books")
    if width == 800:  # all tiles stand on the kiosk's screen
        assert await tab.run("document.getElementById('tiles').getBoundingClientRect().bottom <= 480"), name
    assert await tab.run(LOOKS) == NOTHING, (name, width)
    states = {"well": "paper_out", "paper-out": "printing", "fiscal-doubt": "fiscal_doubt", "offline-30h": "paper_out"}
    lit = "[...document.querySelectorAll('#diagram .lit')].map((one) => one.id)"
    assert f"state-receipt-{states[name]}" in await tab.run(lit)


async def _speaks(tab: Tab, till: PageTill) -> None:
    """Every language, chosen on the page: nothing is left in another one, nothing is cut off."""
    seen = {await text(tab, "verdict")}
    for language in LANGUAGES[1:]:
        await tab.run(
            "{ const one = document.getElementById('language'); "
            f"one.value = '{language}'; one.dispatchEvent(new Event('change')); }}"
        )
        await tab.until(
            f"document.documentElement.lang === '{language}' && document.getElementById('needs-list').innerText"
        )
        await tab.until(f"!{json.dumps(sorted(seen))}.includes(document.getElementById('verdict').innerText)")
        seen.add(await text(tab, "verdict"))
        said = "[...document.querySelectorAll('#why .detail')]"
        await tab.until(f"{said}.every((one) => one.lang === '{language}')")
        why = await tab.run(f"{said}.map((one) => one.innerText)")
        assert why
        assert not [one for one in why if re.search(r"\b(?:the|is|was|nothing)\b", one)], (language, why)
        assert await tab.run(LOOKS) == NOTHING, language
        keys = r"document.body.innerText.match(/\b(?:tile|state|reason|todo|alarm|kind|sell)\.[a-z_.-]+/g)"
        assert await tab.run(keys) is None, language
    assert len(seen) == len(LANGUAGES)


def test_person_acts_by_keyboard_and_confirms_each_action() -> None:
    async def main() -> PageTill:
        till = PageTill()
        STATES["fiscal-doubt"](till)
        till.stranger = {"serial": "NEW1", "model": '<img src=x onerror="window.broken=1">'}
        till.told["printer"]["model"] = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
        async with running(till, outbox=till, devices=till) as api, browser() as tab:
            await tab.size(800, 480)
            await enter(tab, api.port)
            await _press(tab, "The register has it")
            assert till.commands == []
            assert "under the name pos-manager" in await text(tab, "ask-name")
            await tab.key("Enter", "\r")  # nothing was said yet
            assert await text(tab, "ask-error") == "This must be filled in"
            await tab.type("it is in the cabinet")
            await tab.key("Escape")
            await tab.until("!document.getElementById('ask').open")
            assert till.commands == [], "it was called off"
            await _press(tab, "The register has it")
            await tab.type("it is in the cabinet")
            await tab.key("Tab")
            await tab.key("Tab")
            assert await tab.run("document.activeElement.id") == "ask-yes"
            await tab.key("Enter", "\r")
            await tab.until("document.getElementById('toast').innerText === 'Done'")
            await _press(tab, "Open the drawer")
            await tab.type("change")
            await tab.key("Enter", "\r")
            await tab.until("!document.getElementById('ask').open")
            await _press(tab, "Take it for ours")
            await tab.key("Tab")
            await tab.key("Enter", "\r")
            await tab.until("!document.getElementById('needs-list').innerText.includes('NEW1')")
            assert await tab.run("window.broken === undefined")
            await tab.run("{ const real = Date.now; window.ahead = 0; Date.now = () => real() + window.ahead; }")
            await tab.until("(window.ahead += 25_000) && !document.getElementById('stale').hidden")
            assert "may be old" in await text(tab, "stale")
            till.happens()
            await tab.until("document.getElementById('stale').hidden")
            await tab.run("document.getElementById('out').click()")
            await tab.until("document.activeElement.id === 'token'")
            assert "UAH" not in await tab.run("document.body.textContent")
        return till

    till = asyncio.run(main())
    resolve, kick = (command for command, _, _ in till.commands)
    assert isinstance(resolve, ResolveDoubt)
    assert (resolve.document_id, resolve.verdict, resolve.evidence) == ("d-413", "fiscalised", "it is in the cabinet")
    assert isinstance(kick, OpenDrawer)
    assert (kick.drawer_id, kick.reason, kick.actor.id) == ("main", "change", "pos-manager")
    assert till.orders == [("printer", "NEW1", "pos-manager (manager)")]


async def _press(tab: Tab, label: str) -> None:
    """Go to a button with the tabulator and press it; the focus must be seen."""
    await tab.run("document.activeElement.blur()")
    for _ in range(40):
        await tab.key("Tab")
        if await tab.run("document.activeElement.textContent") == label:
            break
    assert (
        await tab.run(
            "document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle"
        )
        == "solid"
    )
    await tab.key("Enter", "\r")
    await tab.until("document.getElementById('ask').open")


# --- a real till ----------------------------------------------------------------------------------------------------


def test_sale_at_a_real_till_is_on_the_page_at_once_and_a_copy_comes_out(tmp_path: Path) -> None:
    with Device("escpos", None, QUICK) as printer:
        section = f'[printer]\nport = "{printer.url}"\ncolumns = 42\n'
        drawer = '[drawers.main]\nsense_open_level = "high"\ngap_ms = 400\n'
        with device_desk(write(tmp_path, section + drawer)) as desk:
            desk.open_shift()
            asyncio.run(_watched(desk))
            assert desk.receipt("sale-1")["paper"]["copies"] == 1
            told = _metrics(desk)
    assert 'till_receipts_printed_total{copy="yes",proof="process_id"} 1' in told
    assert 'till_documents_total{kind="receipt",outcome="completed"} 1' in told
    assert 'till_device_state{device="printer",state="ready"} 1' in told


def _metrics(desk: DeviceDesk) -> list[str]:
    request = Request(f"http://{desk.till.address}/metrics", headers={"Authorization": f"Bearer {desk.at.token}"})
    with urlopen(request, timeout=10) as answer:
        return str(answer.read(), "utf-8").splitlines()


async def _watched(desk: DeviceDesk) -> None:
    async with browser() as tab:
        await tab.size(800, 480)
        await tab.go(f"http://{desk.till.address}/?lang=en#token={desk.at.token}")
        await tab.until("document.body.dataset.ready && location.hash === ''")
        assert await text(tab, "verdict") == "This till can sell"
        await asyncio.to_thread(desk.cashier.post, "/v1/sales", sale("sale-1", line(price=4100)))
        await tab.until("document.getElementById('receipts-list').innerText.includes('41.00')")
        await tab.until("[...document.querySelectorAll('#receipts-list img')].some((one) => one.naturalWidth > 300)")
        await tab.until("document.getElementById('shift').innerText.includes('141.00')")
        await tab.until(
            "[...document.querySelectorAll('.row button')].some((one) => one.textContent === 'Print a copy')"
        )
        await tab.run(
            "[...document.querySelectorAll('.row button')].find((one) => one.textContent === 'Print a copy').click()"
        )
        await tab.until("document.activeElement.id === 'ask-text'")
        await tab.type("lost")
        await tab.key("Enter", "\r")
        await tab.until("document.getElementById('receipts-list').innerText.includes('Copies: 1')")
        assert tab.problems == []
