"""Beside a sale's way: a machine's table as a picture (SVG 1.1), drawn from the very rows that run.

States stand in columns by their distance from the first one. Each node has the id `state-MACHINE-STATE`; the page
lights those that are current and puts their words into its language. Colours and fonts are the page's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from statemachines.diagram import TABLES
from statemachines.machine import Row, Table

WIDTH, HEIGHT = 196, 40
"""Of a node, in units of the picture."""
GAP_X, GAP_Y, MARGIN = 76, 26, 56


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one state to another; `events` that lead there."""

    source: str
    target: str
    events: tuple[str, ...]


def arrows(table: Table[Any, Any]) -> tuple[Arrow, ...]:
    """Every pair of states between which the table has a row; rows that stay where they are draw none."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in table.rows:
        for source in _sources(row):
            if row.target not in ("=", source):
                found.setdefault((source, row.target), {})[row.event.__name__] = None
    return tuple(Arrow(source, target, tuple(events)) for (source, target), events in found.items())


def _sources(row: Row[Any, Any]) -> tuple[str, ...]:
    return (row.source,) if isinstance(row.source, str) else row.source


def diagrams() -> Mapping[str, str]:
    """Every machine's picture by its name."""
    return {table.name: svg(table) for table in TABLES}


def svg(table: Table[Any, Any]) -> str:
    """The picture of one machine."""
    lines = arrows(table)
    columns = _columns(table.states, lines)
    places = _places(columns)
    width = MARGIN * 2 + len(columns) * WIDTH + (len(columns) - 1) * GAP_X
    below = max(y for _, y in places.values()) + HEIGHT
    paths, height = _paths(lines, places, columns, below)
    nodes = "".join(_node(table.name, state, *places[state]) for state in table.states)
    marker = f"arrow-{table.name}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="machine" viewBox="0 0 {width} {height + GAP_Y}" '
        f'width="{width}" height="{height + GAP_Y}" role="img" aria-label={quoteattr(table.name)}>'
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{''.join(path.format(marker=marker) for path in paths)}{nodes}</svg>"
    )


def _columns(states: Sequence[str], lines: Sequence[Arrow]) -> list[list[str]]:
    """The states by their least number of steps from the first one; those that nothing leads to stand with it."""
    distance, edge = {states[0]: 0}, [states[0]]
    while edge:
        following: list[str] = []
        for line in lines:
            if line.source in edge and line.target not in distance:
                distance[line.target] = distance[line.source] + 1
                following.append(line.target)
        edge = following
    columns: list[list[str]] = [[] for _ in range(max(distance.values()) + 1)]
    for state in states:
        columns[distance.get(state, 0)].append(state)
    return columns


def _places(columns: Sequence[Sequence[str]]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each state's node; every column stands in the middle."""
    most = max(len(column) for column in columns)
    found = {}
    for across, column in enumerate(columns):
        top = GAP_Y + (most - len(column)) * (HEIGHT + GAP_Y) // 2
        for down, state in enumerate(column):
            found[state] = (MARGIN + across * (WIDTH + GAP_X), top + down * (HEIGHT + GAP_Y))
    return found


def _paths(
    lines: Sequence[Arrow], places: Mapping[str, tuple[int, int]], columns: Sequence[Sequence[str]], below: int
) -> tuple[list[str], int]:
    """The arrows as `path` elements, and the lowest point of the picture.

    Forwards from right side to left side; within a column around the right side; backwards in lanes below everything,
    one for each target, so that they never cross a node.
    """
    column_of = {state: across for across, column in enumerate(columns) for state in column}
    back = [line for line in lines if column_of[line.target] < column_of[line.source]]
    lanes = {target: lane for lane, target in enumerate(dict.fromkeys(line.target for line in back))}
    found = []
    for line in lines:
        (x1, y1), (x2, y2) = places[line.source], places[line.target]
        middle1, middle2 = y1 + HEIGHT // 2, y2 + HEIGHT // 2
        if column_of[line.target] > column_of[line.source]:
            bend = GAP_X // 2
            start, end = x1 + WIDTH, x2
            curve = f"M{start} {middle1} C{start + bend} {middle1} {end - bend} {middle2} {end} {middle2}"
        elif line in back:
            low = below + 12 + lanes[line.target] * 10
            aside = 14 + lanes[line.target] * 5 % 40
            across = f"H{x1 + WIDTH + aside} V{low} H{x2 - aside}"
            curve = f"M{x1 + WIDTH} {middle1 + 8} {across} V{middle2 + 8} H{x2}"
        else:
            side = x1 + WIDTH
            out = side + 10 + abs(middle1 - middle2) // 8
            curve = f"M{side} {middle1 - 6} C{out} {middle1} {out} {middle2} {side} {middle2 + 6}"
        title = escape(", ".join(line.events))
        found.append(
            f'<path class="arrow" data-from="{line.source}" data-to="{line.target}" d="{curve}" '
            f'marker-end="url(#{{marker}})"><title>{title}</title></path>'
        )
    return found, below + (22 + len(lanes) * 10 if lanes else 0)


def _node(machine: str, state: str, x: int, y: int) -> str:
    return (
        f'<g class="state" id="state-{machine}-{state}" data-state="{state}">'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>'
        f'<text x="{x + WIDTH // 2}" y="{y + HEIGHT // 2 + 5}" text-anchor="middle">{escape(state)}</text></g>'
    )
