"""The page's files, without a browser: well-formed, nothing from outside, readable, and sent as they must be."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import firmware_bridge.page
from tests.firmware_bridge.api.wire import Reply, call, running
from tests.support.memory_backend import MemoryBackend

FOLDER = Path(next(iter(firmware_bridge.page.__path__)))
TEXTS = {
    path.name: path.read_text("utf-8") for path in sorted(FOLDER.iterdir()) if path.suffix in (".html", ".css", ".js")
}
VOID = {"meta", "link", "input", "img"}


class Structure(HTMLParser):
    """Raises AssertionError where a tag is not closed, an id stands twice, or something runs inline."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.refers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        assert "style" not in told, tag
        assert not [name for name in told if name.startswith("on")], tag
        self.refers += [told[name] or "" for name in ("for", "aria-labelledby") if name in told]
        if "id" in told:
            self.ids.append(told["id"] or "")
        if tag == "script":
            assert told.get("src")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not (self.open and self.open[-1] in ("script", "style") and data.strip())


def test_page_is_well_formed_and_its_labels_lead_somewhere() -> None:
    page = Structure()
    page.feed(TEXTS["page.html"])
    assert page.open == []
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.refers) <= set(page.ids)


def test_nothing_comes_from_outside_and_nothing_from_outside_is_markup() -> None:
    for name, text in TEXTS.items():
        assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]", text.replace("// ", "")), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            name
        )
    assert sum(len(text.encode()) for text in TEXTS.values()) < 48 * 1024


def test_modules_import_only_each_other() -> None:
    for name, text in TEXTS.items():
        for target in re.findall(r'from "([^"]+)"', text):
            assert target.removeprefix("./") in TEXTS, name


def luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours() -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", TEXTS["page.css"]))


def test_contrast_is_measured_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_pair_of_colours_has_enough_contrast() -> None:
    found = colours()
    pairs = [name for name in found if f"{name}-ink" in found]
    assert len(pairs) >= 10
    for name in pairs:
        assert contrast(found[name], found[f"{name}-ink"]) >= 4.5, name
    for ink in ("soft-ink", "alarm-ink", "good"):
        assert contrast(found["card"], found[ink]) >= 4.5, ink
    for ground in ("card", "page", "button"):
        assert contrast(found[ground], found["line"]) >= 3.0, "borders of what can be pressed: WCAG 1.4.11"


def test_colours_stand_in_variables_only() -> None:
    rules = TEXTS["page.css"].partition("}\n")[2]
    assert re.findall(r"#[0-9a-f]{3,8}\b(?=[;} ])", re.sub(r"^[^{]*\{", "{", rules, flags=re.MULTILINE)) == []
    assert set(re.findall(r"var\(--([a-z-]+)\)", rules)) <= colours().keys()


def fetched(*requests: tuple[str, dict[str, str | None]]) -> list[Reply]:
    async def main() -> list[Reply]:
        async with running(MemoryBackend()) as api:
            return [
                await call(api.port, "GET", path, headers={"Authorization": None, **headers})
                for path, headers in requests
            ]

    return asyncio.run(main())


def test_page_and_files_are_sent_without_a_token_and_with_a_strict_policy() -> None:
    names = ["page.css", "page.js", "icon.svg", "uk.json", "receipt.svg", "offline_code.svg"]
    for reply in fetched(("/", {}), *((f"/page/{name}", {}) for name in names)):
        assert reply.status == 200
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "frame-ancestors 'none'" in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        assert "set-cookie" not in reply.headers


def test_page_begins_in_the_language_of_the_till_and_tells_nothing_of_it() -> None:
    (page,) = fetched(("/", {}))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert b'<html lang="uk">' in page.body
    for data in (b"UA-1", b"1.2.3", "Кав'ярня".encode()):
        assert data not in page.body


def test_file_that_the_browser_has_is_not_sent_again() -> None:
    (first,) = fetched(("/page/page.js", {}))
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    (again, other) = fetched(
        ("/page/page.js", {"If-None-Match": first.headers["etag"]}), ("/page/page.js", {"If-None-Match": '"x"'})
    )
    assert (again.status, again.body, other.status) == (304, b"", 200)


@pytest.mark.parametrize(
    "path", ["routes.py", "nothing.js", "..", "../config.py", "%2e%2e/config.py", "page.html", "x" * 33, "a/b.js", ""]
)
def test_nothing_but_the_files_of_the_page_is_there(path: str) -> None:
    (reply,) = fetched((f"/page/{path}", {}))
    assert reply.status in (401, 404)
    assert b"import" not in reply.body
