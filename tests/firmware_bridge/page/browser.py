"""A headless Chromium, spoken to over its DevTools protocol: what a page does there, and how it looks.

Chrome DevTools Protocol 1.3 (Page, Runtime, Emulation, Input, Network); JSON over a WebSocket.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from aiohttp import web

from tests.firmware_bridge.api.wire import TOKENS

Json = dict[str, Any]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless=new", "--disable-gpu", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--no-default-browser-check", "--mute-audio",
    "--hide-scrollbars", "--disable-dev-shm-usage", "--disable-breakpad", "--remote-debugging-port=0",
    "--force-color-profile=srgb", "--disable-features=Translate,OptimizationHints,MediaRouter",
)  # fmt: skip
PATIENCE_S = 30.0


def found() -> str | None:
    """The browser of this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(slots=True)
class Tab:
    """One page. `problems`: what its console and the network complained of; `asked`: every address it asked for."""

    socket: aiohttp.ClientWebSocketResponse
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _count: int = 0
    _waiting: dict[int, asyncio.Future[Json]] = field(default_factory=dict)

    async def listen(self) -> None:
        """Take what the browser says; runs as a task."""
        async for message in self.socket:
            said = json.loads(message.data)
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
            else:
                self._heard(said["method"], said["params"])

    def _heard(self, method: str, params: Json) -> None:
        if method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(params["exceptionDetails"])[:500])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    async def send(self, method: str, **params: Any) -> Json:
        """Have a command carried out. Raises AssertionError with the browser's words when it was not."""
        self._count += 1
        answer = self._waiting[self._count] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": self._count, "method": method, "params": params})
        said = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in said, f"{method}: {said['error']}"
        result: Json = said["result"]
        return result

    async def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        said = await self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true in the page; returns it."""
        looked = (
            f"new Promise((done, fail) => {{ const now = () => performance.now(), end = now() + {PATIENCE_S * 800:.0f};"
            f"const look = () => {{ const found = ({script}); if (found) done(found);"
            "else if (now() < end) setTimeout(look, 15); "
            f"else fail(new Error('in vain: ' + {json.dumps(script)} + ' on ' + document.body.innerText)); }};"
            "look(); })"
        )
        while True:
            try:
                return await self.run(looked)
            except AssertionError as error:
                if "navigated" not in str(error) and "destroyed" not in str(error):
                    raise  # else another page has come meanwhile: look at that one

    async def size(self, width: int, height: int) -> None:
        """The screen; below 600 a phone's."""
        await self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    async def go(self, url: str) -> None:
        """Open a page and wait until it is there."""
        await self.send("Page.navigate", url=url)
        await self.until(
            f"location.href.startsWith({json.dumps(url.partition('#')[0])}) && document.readyState === 'complete'"
        )

    async def key(self, name: str, text: str = "") -> None:
        """Press and release one key."""
        codes = {"Tab": 9, "Enter": 13, "Escape": 27}
        more = {"windowsVirtualKeyCode": codes[name]} if name in codes else {}
        await self.send("Input.dispatchKeyEvent", type="keyDown", key=name, code=name, text=text, **more)
        await self.send("Input.dispatchKeyEvent", type="keyUp", key=name, code=name, **more)

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self.send("Input.insertText", text=text)

    async def picture(self, path: Path, *, whole: bool = False) -> None:
        """A screenshot as PNG: of the screen, or of the `whole` page."""
        said = await self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        await asyncio.to_thread(path.write_bytes, base64.b64decode(said["data"]))


@asynccontextmanager
async def browser(*flags: str) -> AsyncIterator[Tab]:
    """A browser with one tab; it ends with the block."""
    program = found()
    assert program is not None
    with TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as folder:
        root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # its sandbox refuses root
        process = await asyncio.create_subprocess_exec(
            program, *_FLAGS, *root, *flags, f"--user-data-dir={folder}", "about:blank",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            port = await _port(Path(folder) / "DevToolsActivePort")
            async with aiohttp.ClientSession() as client, _tab(client, port) as tab:
                yield tab
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its helpers, too: they would go on writing into the folder
            await process.wait()


async def _port(file: Path) -> int:
    async with asyncio.timeout(PATIENCE_S):
        while not file.exists() or not file.read_text("utf-8").strip():
            await asyncio.sleep(0.02)
    return int(file.read_text("utf-8").split()[0])


@asynccontextmanager
async def _tab(client: aiohttp.ClientSession, port: int) -> AsyncIterator[Tab]:
    async with client.get(f"http://127.0.0.1:{port}/json/list") as answer:
        pages = [one for one in await answer.json() if one["type"] == "page"]
    async with client.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        tab = Tab(socket)
        listening = asyncio.create_task(tab.listen())
        try:
            for domain in ("Page", "Runtime", "Network", "Log"):
                await tab.send(f"{domain}.enable")
            yield tab
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def enter(tab: Tab, port: int, language: str = "en", role: str = "manager") -> None:
    """Sign in at the page of a till of these tests."""
    await tab.go(f"http://127.0.0.1:{port}/?lang={language}")
    await tab.until("document.activeElement.id === 'name'")
    await tab.run("document.querySelector('#by-token summary').click(); document.getElementById('token').focus()")
    await tab.type(TOKENS[role])
    await tab.key("Enter", "\r")
    await tab.until("document.body.dataset.ready")


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[int]:
    """Another origin on this machine; yields its port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
