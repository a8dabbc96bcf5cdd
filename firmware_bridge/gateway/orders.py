"""Between a person and a book's lane: what is asked of it waits here until the lane is between two steps."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from firmware_bridge.gateway.errors import GatewayMisuse

Order = Callable[[], Awaitable[str]]


class Orders:
    """Orders of one lane, carried out one at a time and in order. Each returns one sentence."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Order, asyncio.Future[str]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    async def give(self, order: Order) -> str:
        """Have an order carried out; returns its sentence or raises what it raised. It is carried out even if whoever
        gave it goes away.
        """
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((order, done))
        return await done

    async def carry_out(self) -> None:
        """Carry out what waits. Raises what an order raised, other than GatewayMisuse, after telling who gave it."""
        while self._waiting:
            order, done = self._waiting.popleft()
            try:
                said = await order()
            except GatewayMisuse as error:
                _answer(done, error)
            except BaseException as error:
                _answer(done, error if isinstance(error, Exception) else None)
                raise
            else:
                _answer(done, said)

    def refuse(self, error: Exception) -> None:
        """Answer everything that waits with an error."""
        while self._waiting:
            _answer(self._waiting.popleft()[1], error)


def _answer(done: asyncio.Future[str], said: str | Exception | None) -> None:
    """None: the lane was cancelled in the middle."""
    if done.done():
        return  # whoever asked has gone
    if isinstance(said, str):
        done.set_result(said)
    elif said is None:
        done.cancel()
    else:
        done.set_exception(said)
