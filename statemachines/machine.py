"""The engine of every machine: a table of rows, run by `transitions`. The only file that imports it.

A row says: in this state, at this event (when the guard holds), go there, and then these outputs follow. A refusal
says in words why an event does not fit a state. Every state x event of a machine is decided by one of the two;
`Table.undecided` lists what is not, and a test holds it empty.

`apply` changes the model and returns the outputs: events that follow from this one and effects to be ordered. On
replay the same call is made with a context that plans nothing, and the outputs are dropped: the journal already has
them. That is why a `then` may read only the model, the event and the context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from transitions import EventData, Machine

from statemachines.vocabulary.effects import Effect
from statemachines.vocabulary.events import Event

Output = Event | Effect


M = TypeVar("M")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Row(Generic[M, C]):
    """`source` (one state or several) --event [when]--> `target` ("=" stays); `note` goes into the diagram."""

    source: str | tuple[str, ...]
    event: type[Event]
    target: str
    then: Callable[[M, Any, C], Iterable[Output]] | None = None
    when: Callable[[M, Any, C], bool] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """In `source` the events do not fit; `text` says why, for a cashier."""

    source: str | tuple[str, ...]
    events: tuple[type[Event], ...]
    code: str
    text: str


def _states_of(source: str | tuple[str, ...]) -> tuple[str, ...]:
    return (source,) if isinstance(source, str) else source


class Table(Generic[M, C]):
    """A machine as data: states, rows and refusals, compiled once.

    A model is any object whose `attribute` holds the name of its state.
    """

    def __init__(
        self,
        name: str,
        states: Sequence[str],
        rows: Sequence[Row[M, C]],
        rejects: Sequence[Reject],
        attribute: str = "state",
    ) -> None:
        self.name = name
        self.attribute = attribute
        self.states = tuple(states)
        self.rows = tuple(rows)
        self.rejects = tuple(rejects)
        refused = (event for reject in rejects for event in reject.events)
        self.events: tuple[type[Event], ...] = tuple(dict.fromkeys((*(row.event for row in rows), *refused)))
        self._rows: dict[tuple[str, type[Event]], list[Row[M, C]]] = {}
        for row in self.rows:
            for state in _states_of(row.source):
                if row.event.TRANSIENT and row.target not in ("=", state):
                    raise ValueError(
                        f"{name}: {row.event.__name__} is never journalled, so it may not change the state"
                    )
                self._rows.setdefault((state, row.event), []).append(row)
        self._rejects = {
            (state, event): reject
            for reject in self.rejects
            for state in _states_of(reject.source)
            for event in reject.events
        }
        self._machine = Machine(
            model=None,
            states=list(self.states),
            initial=None,
            auto_transitions=False,
            send_event=True,
            model_attribute=attribute,
        )
        for row in self.rows:
            for state in _states_of(row.source):
                self._machine.add_transition(
                    trigger=row.event.__name__,
                    source=state,
                    dest=state if row.target == "=" else row.target,
                    conditions=[_condition(row)],
                    after=[_consequence(row)],
                )

    def decide(self, model: M, event: Event, context: C) -> Row[M, C] | Reject:
        """Which row takes this event, or why none does. Changes nothing."""
        state = getattr(model, self.attribute)
        for row in self._rows.get((state, type(event)), ()):
            if row.when is None or row.when(model, event, context):
                return row
        reject = self._rejects.get((state, type(event)))
        if reject is not None:
            return reject
        raise LookupError(f"{self.name}: {type(event).__name__} in state {state} is not decided by the table")

    def apply(self, model: M, event: Event, context: C) -> list[Output]:
        """Move the model and return what follows; an event that the table refuses changes nothing."""
        if isinstance(self.decide(model, event, context), Reject):
            return []
        outputs: list[Output] = []
        self._machine.events[type(event).__name__].trigger(model, event=event, context=context, outputs=outputs)
        return outputs

    def undecided(self) -> list[tuple[str, str]]:
        """State x event pairs for which no unguarded row and no refusal exists."""
        return [
            (state, event.__name__)
            for state in self.states
            for event in self.events
            if (state, event) not in self._rejects
            and not any(row.when is None for row in self._rows.get((state, event), ()))
        ]


def _condition(row: Row[M, C]) -> Callable[[EventData], bool]:
    def condition(data: EventData) -> bool:
        return row.when is None or row.when(cast("M", data.model), data.kwargs["event"], data.kwargs["context"])

    return condition


def _consequence(row: Row[M, C]) -> Callable[[EventData], None]:
    def consequence(data: EventData) -> None:
        if row.then is not None:
            then = row.then(cast("M", data.model), data.kwargs["event"], data.kwargs["context"])
            data.kwargs["outputs"].extend(then)

    return consequence
