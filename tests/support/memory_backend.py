"""A till that lives in memory and does what it is told, for tests of the API alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from firmware_bridge.api.backend import Answer
from statemachines.vocabulary.commands import Command, NoteAct, ReturnedBefore
from statemachines.vocabulary.paper import Paper, TextLine
from statemachines.vocabulary.people_events import Act
from statemachines.vocabulary.receipt import Receipt, TaxGroup


class MemoryBackend:
    """Remembers commands by id and digest. `next_answer` overrides the answer to the next new command.

    `roles` is who asked, question by question; `acts`: what people did.
    """

    def __init__(self) -> None:
        self.commands: list[tuple[Command, bytes, float]] = []
        self.known: dict[str, bytes] = {}
        self.views: dict[str, dict[str, Any]] = {}
        self.next_answer: Answer | None = None
        self.fail: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.happened: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        self.current_shift: dict[str, Any] | None = None
        self.questions: list[tuple[int, int | None]] = []
        self.originals: dict[str, tuple[Receipt, tuple[ReturnedBefore, ...]]] = {}
        self.counts: dict[str, dict[str, Any]] = {}
        self.roles: list[str] = []
        self.acts: list[Act] = []

    async def submit(self, command: Command, digest: bytes, wait: float) -> Answer:
        if self.fail is not None:
            raise self.fail
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(command, NoteAct):
            return self._noted(command, digest)
        name = command.command_id
        if name in self.known:
            if self.known[name] != digest:
                return Answer("conflict", name, None, self.views[name])
            return Answer("replayed", name, None, self.views[name])
        self.commands.append((command, digest, wait))
        if self.next_answer is not None:
            answer, self.next_answer = self.next_answer, None
            return answer
        self.known[name] = digest
        self.views[name] = {"id": name, "state": "paper_out", "seq": len(self.known)}
        return Answer("done", name, None, self.views[name])

    def _noted(self, command: NoteAct, digest: bytes) -> Answer:
        name = command.command_id
        if name in self.known:
            return Answer("replayed" if self.known[name] == digest else "conflict", name)
        self.known[name] = digest
        self.acts.append(command.act)
        return Answer("done", name)

    async def receipt(self, document_id: str) -> dict[str, Any] | None:
        return self.views.get(document_id)

    async def receipts(self, limit: int, before: int | None) -> list[dict[str, Any]]:
        self.questions.append((limit, before))
        newest_first = sorted(self.views.values(), key=lambda view: -int(view["seq"]))
        return [view for view in newest_first if before is None or view["seq"] < before][:limit]

    async def paper(self, document_id: str) -> tuple[Paper, str, int] | None:
        if document_id not in self.views:
            return None
        lines = (TextLine("Кава 42.00"), TextLine("СУМА 42.00", tall=True))
        return Paper(32, lines, "КІНЕЦЬ", "КОПІЯ", "НЕДІЙСНИЙ"), "A001", 1

    async def original(self, original_id: str) -> tuple[Receipt, tuple[ReturnedBefore, ...]] | None:
        return self.originals.get(original_id)

    async def count(self, count_id: str, role: str = "") -> dict[str, Any] | None:
        self.roles.append(role)
        return self.counts.get(count_id)

    def shift(self, role: str = "") -> dict[str, Any] | None:
        self.roles.append(role)
        return self.current_shift

    async def shift_report(self, groups: Mapping[str, TaxGroup], role: str = "") -> dict[str, Any]:
        self.roles.append(role)
        return {"status": "success", "data": {"groups": sorted(groups)}}

    def drawers(self, role: str = "") -> list[dict[str, Any]]:
        self.roles.append(role)
        return [{"id": "main", "state": "closed"}]

    def status(self, role: str = "") -> dict[str, Any]:
        self.roles.append(role)
        return {"can_sell": True, "reasons": []}

    async def events(self, after: int, limit: int, role: str = "") -> list[dict[str, Any]]:
        return [event for event in self.happened if event["seq"] > after][:limit]

    async def wait_events(self, after: int, timeout: float) -> None:
        self.news.clear()
        if any(event["seq"] > after for event in self.happened):
            return
        try:
            async with asyncio.timeout(timeout):
                await self.news.wait()
        except TimeoutError:
            return

    def happen(self, *events: dict[str, Any]) -> None:
        self.happened.extend(events)
        self.news.set()
