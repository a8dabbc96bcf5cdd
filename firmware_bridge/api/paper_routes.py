"""Behind a sale's way: the handlers of a document's paper, as text and as a picture. See api.routes.

Both are made from what the journal holds of the last print of the document, and from the logo as it is configured
now: the printer keeps the logo, the journal does not.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from drivers.printers.picture import dots_of, paper_as_text, render_paper
from firmware_bridge.api.backend import Backend
from firmware_bridge.api.problems import Problem, ProblemError
from firmware_bridge.config import Config
from firmware_bridge.errors import UserError
from statemachines.vocabulary.paper import Paper

if TYPE_CHECKING:
    from statemachines.vocabulary.paper import Image


class PaperRoutes:
    """Handlers by the names of api.table."""

    def __init__(self, config: Config, backend: Backend) -> None:
        self._config = config
        self._backend = backend
        self._drawing = asyncio.Lock()
        self.handlers: dict[str, Handler] = {"receipt_text": self._text, "receipt_image": self._picture}

    async def _text(self, request: web.Request) -> web.StreamResponse:
        text = paper_as_text(*await self._paper(request))
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = await self._paper(request)
        async with self._drawing:  # one at a time and beside the loop: a long receipt takes a Pi a good while
            try:
                image = await asyncio.to_thread(render_paper, *found)
            except ValueError as error:
                raise ProblemError(Problem("invalid", f"This receipt cannot be drawn: {error}")) from error
        return web.Response(body=image, content_type="image/png")

    async def _paper(self, request: web.Request) -> tuple[Paper, str, int]:
        """The paper as it was printed last, its job and its copy's number. Raises ProblemError 404."""
        name = request.match_info["id"]
        found = await self._backend.paper(name)
        if found is not None:
            paper, job, copy = found
            return self._with_logo(paper), job, copy
        if await self._backend.receipt(name) is None:
            raise ProblemError(Problem("unknown-receipt", f"There is no receipt {name}"))
        text = (
            f"The till itself has printed nothing of {name}: it is still at work, or the register has printed its own"
        )
        raise ProblemError(Problem("no-paper", text))

    def _with_logo(self, paper: Paper) -> Paper:
        """The printer puts the logo above every paper that has the shop's heading (drivers.printers.escpos.encode)."""
        if self._logo is None or paper.mark_at == 0:
            return paper
        return replace(paper, blocks=(self._logo, *paper.blocks), mark_at=paper.mark_at + 1)

    @functools.cached_property
    def _logo(self) -> Image | None:
        """As the printer has it."""
        if self._config.printer is None or not self._config.printer.logo:
            return None
        from drivers.printers.escpos.logo import Prepared  # noqa: PLC0415 - a till without a logo loads none of it
        from firmware_bridge import wiring  # noqa: PLC0415

        try:
            logo = wiring.printer_settings(self._config).logo
        except UserError:
            return None  # its file went away since the printer got it
        return None if logo is None else Prepared.of(logo, dots_of(self._config.printer.columns)).image
