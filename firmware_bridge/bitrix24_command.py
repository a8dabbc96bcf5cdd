"""Before a sale's way begins: `firmware-bridge bitrix24 …`, a person who makes tills cash registers of a portal.

It can be run again at any time, also beside a gateway that runs: what is as it should be stays.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from drivers.errors import DeviceError, Refused, Unanswered
from firmware_bridge.bitrix24_arguments import Wish
from firmware_bridge.clock import SystemClock
from firmware_bridge.errors import UsageError, UserError
from firmware_bridge.progress import QUIET, Progress
from firmware_bridge.vendors.bitrix24 import build, config
from firmware_bridge.vendors.bitrix24.build import Parts
from firmware_bridge.vendors.bitrix24.errors import NotNow, Rejected
from firmware_bridge.vendors.bitrix24.messages import Misread
from firmware_bridge.vendors.bitrix24.setup import Done, Setup, SetupError, told

Say = Callable[[str], None]


def run(wish: Wish, say: Say, version: str, progress: Progress = QUIET) -> int:
    """Carry it out; returns 0. Raises UserError with one sentence, UsageError for a configuration that cannot be."""
    portals = config.load(Path(wish.config))
    if wish.portal and wish.portal not in portals:
        raise UsageError(
            f"{wish.config}: there is no [bitrix24.{wish.portal}]; there are: {', '.join(portals) or 'none'}"
        )
    if not portals or (len(portals) > 1 and not wish.portal):
        raise UsageError(f"{wish.config}: name one with --portal; there are: {', '.join(portals) or 'none'}")
    name = wish.portal or next(iter(portals))
    made = build.build(name, portals[name], SystemClock(), version=version)
    return asyncio.run(_Counter(made, wish, say, progress).run())


class _Counter:
    """One visit."""

    def __init__(self, parts: Parts, wish: Wish, say: Say, progress: Progress) -> None:
        self._parts = parts
        self._wish = wish
        self._say = say
        self._setup = Setup(parts.client, parts.config, parts.secret, progress)

    async def run(self) -> int:
        """Raises UserError."""
        try:
            await self._part()
        except SetupError as error:
            raise UserError(str(error)) from error
        except Rejected as no:
            raise UserError(f"{no.text}; this step changed nothing") from no
        except NotNow as no:
            raise UserError(no.text, "run it again then; what is done stays") from no
        except Refused as no:
            raise UsageError(f"{no.text}; this step changed nothing") from no
        except Unanswered as error:
            raise UserError(
                f"{error.text}; whether it was done is not known", "run it again: it looks first"
            ) from error
        except DeviceError as error:
            raise UserError(f"{error.text}; this step changed nothing", "try again later") from error
        except Misread as error:
            raise UserError(f"Bitrix24 answered with something that cannot be read: {error}") from error
        finally:
            await self._parts.close()
        return 0

    async def _part(self) -> None:
        match self._wish.part:
            case "setup":
                self._tell(await self._setup.run())
            case "remove":
                self._tell(await self._setup.remove())
            case "list":
                await self._list()
            case "authorise":
                await self._authorise()

    def _tell(self, done: list[Done]) -> None:
        if self._wish.as_json:
            self._say(json.dumps([asdict(one) for one in done], ensure_ascii=False))
            return
        for line in told(done):
            self._say(line)

    async def _list(self) -> None:
        handlers, cashboxes = await self._setup.handlers(), await self._setup.cashboxes()
        if self._wish.as_json:
            rows = [{"id": one.id, "code": one.code, "name": one.name, "sort": one.sort} for one in handlers]
            boxes = [{"id": one.id, **{name.lower(): to for name, to in one.fields.items()}} for one in cashboxes]
            self._say(json.dumps({"handlers": rows, "cashboxes": boxes}, ensure_ascii=False))
            return
        for row in handlers:
            ours = "  ours" if row.code == self._parts.config.handler.code else ""
            self._say(f"handler {row.id}  {row.code}  {row.name}{ours}")
        for box in cashboxes:
            till = self._parts.config.till_of(box.fields["NUMBER_KKM"])
            active = "active" if box.fields["ACTIVE"] == "Y" else "not active"
            self._say(f"cash register {box.id}  {box.fields['NAME']}  {active}{f'  till {till}' if till else ''}")
        if not handlers and not cashboxes:
            self._say("neither handlers nor cash registers")

    async def _authorise(self) -> None:
        tokens = self._parts.tokens
        if tokens is None:
            raise UserError("This portal is called by a webhook, which needs no tokens; nothing was done")
        grant = await tokens.authorise(self._wish.code)
        facts = {"domain": grant.domain, "endpoint": grant.endpoint}
        self._say(json.dumps(facts) if self._wish.as_json else f"the application may call {grant.domain}")
