"""House rules that an import checker cannot see, as functions over a tree: each returns one line per finding."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

PACKAGES: Final = ("firmware_bridge", "drivers", "statemachines")
TOP_LEVEL: Final = {*PACKAGES, "tests", "udev", "README.md", "Makefile", "pyproject.toml"}
#: What building leaves behind; .gitignore knows it too.
BUILT: Final = {"build", "dist", "firmware_bridge.egg-info"}

#: Built-in functions with which a rule would touch something.
TOUCHING: Final = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
READS_CLOCK: Final = frozenset({"now", "today", "utcnow"})
BY_NAME: Final = frozenset({"__import__", "import_module"})
#: The codec walks the vocabulary for the events it can read back; the catalog loads the driver that the configuration
#: names. Neither may name a simulator.
MAY_IMPORT_BY_NAME: Final = frozenset(
    {
        "firmware_bridge/journal/codec.py",
        "firmware_bridge/fiscalisers.py",
        "firmware_bridge/books.py",
        "drivers/catalog.py",
    }
)
SIMULATOR_PARTS: Final = frozenset({"simulator", "simulated"})
SIMULATOR_WORDS: Final = ("simul", "fake", "mock", "sandbox")


def init_files_hold_a_docstring_alone(root: Path) -> list[str]:
    """A re-export in `__init__.py` hides an import from the import checker."""
    return [
        f"{where}: holds more or less than one docstring"
        for where, tree in _modules(root, *PACKAGES)
        if where.endswith("__init__.py") and not _docstring_alone(tree)
    ]


def rules_touch_nothing(root: Path) -> list[str]:
    """No file, no console, no clock in statemachines: also where no import gives it away."""
    found = []
    for where, tree in _modules(root, "statemachines"):
        clocks = _names_of_clock_classes(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (name := _dotted(node.func)):
                head, _, last = name.rpartition(".")
                if name in TOUCHING or (last in READS_CLOCK and head in clocks):
                    found.append(f"{where}:{node.lineno}: calls {name}()")
    return found


def imports_are_written_as_imports(root: Path) -> list[str]:
    """`importlib.import_module(...)` and `__import__(...)` hide an import from the import checker."""
    found = []
    for where, tree in _modules(root, *PACKAGES):
        for node in ast.walk(tree):
            if where in MAY_IMPORT_BY_NAME:
                if isinstance(node, ast.Constant) and SIMULATOR_PARTS.intersection(re.split(r"\W", str(node.value))):
                    found.append(f"{where}:{node.lineno}: names a simulator")
            elif isinstance(node, ast.Call) and _dotted(node.func).rpartition(".")[2] in BY_NAME:
                found.append(f"{where}:{node.lineno}: imports by {_dotted(node.func)}()")
    return found


def simulators_are_named_so(root: Path) -> list[str]:
    """The import contracts know a driver's simulator by its name: a module `simulator` or a package `simulated`."""
    found = []
    for where, _ in _modules(root, "drivers"):
        parts = Path(where).with_suffix("").parts
        looks_like_one = any(word in part for part in parts for word in SIMULATOR_WORDS)
        if looks_like_one and not SIMULATOR_PARTS.intersection(parts):
            found.append(f"{where}: name it simulator.py or put it into a package simulated/")
    return found


def top_level_is_the_agreed_one(root: Path) -> list[str]:
    return [
        f"{entry.name}: does not belong on the top level"
        for entry in sorted(root.iterdir())
        if not entry.name.startswith(".") and entry.name not in TOP_LEVEL | BUILT
    ]


CHECKS: Final[tuple[Callable[[Path], list[str]], ...]] = (
    init_files_hold_a_docstring_alone,
    rules_touch_nothing,
    imports_are_written_as_imports,
    simulators_are_named_so,
    top_level_is_the_agreed_one,
)


def _modules(root: Path, *packages: str) -> Iterator[tuple[str, ast.Module]]:
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            yield str(path.relative_to(root)), ast.parse(path.read_bytes(), str(path))


def _docstring_alone(tree: ast.Module) -> bool:
    return len(tree.body) == 1 and bool((ast.get_docstring(tree) or "").strip())


def _dotted(node: ast.expr) -> str:
    """`a.b.c` for such an expression, "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


def _names_of_clock_classes(tree: ast.Module) -> set[str]:
    """How this module calls datetime.datetime and datetime.date, whatever it has named them."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "datetime":
            names |= {alias.asname or alias.name for alias in node.names if alias.name in {"date", "datetime"}}
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "datetime":
                    module = alias.asname or alias.name
                    names |= {f"{module}.date", f"{module}.datetime"}
    return names
