"""A machine's picture has the states and arrows of its table, and every machine is on the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import firmware_bridge.page
from firmware_bridge.page.diagrams import HEIGHT, WIDTH, diagrams, svg
from statemachines import printer
from statemachines.diagram import TABLES
from statemachines.machine import Table

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> tuple[set[str], set[tuple[str, str]]]:
    root = ET.fromstring(text)
    nodes = {node.attrib["data-state"] for node in root.iter(f"{SVG}g")}
    arrows = {
        (path.attrib["data-from"], path.attrib["data-to"])
        for path in root.iter(f"{SVG}path")
        if "data-from" in path.attrib
    }
    return nodes, arrows


def meant(table: Table[Any, Any]) -> tuple[set[str], set[tuple[str, str]]]:
    """Read from the table's Mermaid text, which has another author."""
    from statemachines.diagram import mermaid

    pairs = set(re.findall(r"^ +(\w+) --> (\w+):", mermaid(table), flags=re.MULTILINE))
    return set(table.states), {(source, target) for source, target in pairs if source != target}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_picture_has_the_states_and_arrows_of_its_table(table: Table[Any, Any]) -> None:
    assert drawn(diagrams()[table.name]) == meant(table)


def test_row_that_is_missing_would_be_seen() -> None:
    whole = printer.TABLE
    source = whole.rows[0].source if isinstance(whole.rows[0].source, str) else whole.rows[0].source[0]
    target = whole.rows[0].target
    fewer = re.sub(f'<path class="arrow" data-from="{source}" data-to="{target}".*?</path>', "", svg(whole))
    assert drawn(fewer) != meant(whole)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_nodes_do_not_overlap_and_stand_inside(table: Table[Any, Any]) -> None:
    root = ET.fromstring(svg(table))
    places = [(int(one.attrib["x"]), int(one.attrib["y"])) for one in root.iter(f"{SVG}rect")]
    assert len(set(places)) == len(table.states)
    for x, y in places:
        assert 0 <= x <= int(root.attrib["width"]) - WIDTH
        assert 0 <= y <= int(root.attrib["height"]) - HEIGHT
        assert sum(abs(x - other) < WIDTH and abs(y - down) < HEIGHT for other, down in places) == 1


def test_page_offers_every_machine() -> None:
    script = (Path(next(iter(firmware_bridge.page.__path__))) / "machines.js").read_text("utf-8")
    listed = re.findall(r'"(\w+)"', script.partition("MACHINES = [")[2].partition("]")[0])
    assert listed == [table.name for table in TABLES]
