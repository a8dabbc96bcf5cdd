"""Behind a sale's way: the handlers about the devices: which are the till's own, and who is taken for one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware_bridge.api.backend import Backend
from firmware_bridge.api.day_routes import json_response
from firmware_bridge.api.problems import of_refusal
from firmware_bridge.api.requests import CALLER, asked
from firmware_bridge.api.schema import CommandBody, Needed64
from statemachines.vocabulary.commands import Refusal


class Devices(Protocol):
    """The configured devices, as the API sees them. Runs on the same loop; waits for no device."""

    def devices(self) -> Sequence[dict[str, Any]]:
        """Return each with `id`, `kind`, `port`, and `known` and `stranger` where it can be told apart by a number."""

    async def accept(self, device: str, serial: str, by: str) -> dict[str, Any] | Refusal:
        """Take the stranger with this serial number for the till's own `device`; returns it as `devices` does.

        A Refusal: nobody like that was seen; nothing was changed. Asked twice, the second changes nothing.
        """


class NoDevices:
    """Of a till that nobody has told which devices it has."""

    def devices(self) -> Sequence[dict[str, Any]]:
        """See Devices."""
        return ()

    async def accept(self, device: str, serial: str, by: str) -> dict[str, Any] | Refusal:
        """See Devices."""
        return unknown(device)


def unknown(device: str) -> Refusal:
    """There is no such device here."""
    return Refusal("unknown-device", f"This till has no device {device}: nothing was changed", "device")


class AcceptBody(CommandBody, frozen=True, kw_only=True):
    """POST /v1/devices/{id}/accept: `serial` of the stranger that is meant, as GET /v1/devices tells it."""

    serial: Needed64


class DeviceRoutes:
    """Handlers by the names of api.table.

    Accepting binds no id: it names whom it means and leads to the same whether it comes once or twice.
    """

    def __init__(self, devices: Devices, backend: Backend) -> None:
        self._devices = devices
        self._backend = backend
        self.handlers: dict[str, Handler] = {"devices": self._show, "accept_device": self._accept}

    async def _show(self, request: web.Request) -> web.StreamResponse:
        return json_response({"devices": [self._as_now(row, request) for row in self._devices.devices()]})

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        question = await asked(request, AcceptBody)
        by = f"{question.person.name} ({question.person.role})"
        done = await self._devices.accept(request.match_info["id"], question.body.serial, by)
        if isinstance(done, Refusal):
            return of_refusal(done, "none").response()
        return json_response(self._as_now(done, request), 201)

    def _as_now(self, row: dict[str, Any], request: web.Request) -> dict[str, Any]:
        """With what the till says of it at this moment: can it be reached, and if not, what is to be done?"""
        role = request[CALLER].role
        if row["kind"] == "drawer":
            drawer = next((one for one in self._backend.drawers(role) if one["id"] == row["id"]), {})
            return {**row, "connected": drawer.get("connected"), "advice": drawer.get("trouble")}
        if row["kind"] != "printer":
            return row
        printer = self._backend.status(role).get("printer", {})
        return {**row, "connected": printer.get("state") != "silent", "advice": printer.get("advice")}
