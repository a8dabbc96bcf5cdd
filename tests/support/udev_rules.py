"""Reads udev rules and plays them for a described device. Source: udev(7), "RULES FILES".

Only what our own rules use is played (comparison, assignment, GOTO, symlinks, substitutions $env and $attr); the
parser however knows every key of udev(7), so that a misspelt one is an error here as it is for udev.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass, field
from typing import Final

#: key -> (operators it takes, whether it needs {something}: True, False, None for either).
KEYS: Final[dict[str, tuple[frozenset[str], bool | None]]] = {
    **{key: (frozenset({"==", "!="}), False) for key in ("ACTION", "DEVPATH", "KERNEL", "KERNELS", "SUBSYSTEM")},
    **{key: (frozenset({"==", "!="}), False) for key in ("SUBSYSTEMS", "DRIVER", "DRIVERS", "TAGS", "RESULT")},
    **{key: (frozenset({"==", "!="}), True) for key in ("ATTRS", "CONST")},
    **{key: (frozenset({"==", "!=", "="}), True) for key in ("ATTR", "SYSCTL")},
    "ENV": (frozenset({"==", "!=", "=", "+="}), True),
    "TAG": (frozenset({"==", "!=", "=", "+=", "-=", ":="}), False),
    "TEST": (frozenset({"==", "!="}), None),
    "PROGRAM": (frozenset({"==", "!=", "="}), False),
    "IMPORT": (frozenset({"==", "!=", "="}), True),
    "NAME": (frozenset({"==", "!=", "=", ":="}), False),
    "SYMLINK": (frozenset({"==", "!=", "=", "+=", "-=", ":="}), False),
    **{key: (frozenset({"=", ":="}), False) for key in ("OWNER", "GROUP", "MODE")},
    "SECLABEL": (frozenset({"=", "+=", ":="}), True),
    "RUN": (frozenset({"=", "+=", "-=", ":="}), None),
    "OPTIONS": (frozenset({"=", "+=", ":="}), False),
    **{key: (frozenset({"="}), False) for key in ("LABEL", "GOTO")},
}
TOKEN: Final = re.compile(r'([A-Z]+)(?:\{([^{}]+)\})?\s*(==|!=|\+=|-=|:=|=)\s*"((?:[^"\\]|\\.)*)"')
SEPARATOR: Final = re.compile(r"\s*,\s*")


@dataclass(frozen=True, slots=True)
class Token:
    key: str
    name: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    line: int
    tokens: tuple[Token, ...]


@dataclass(slots=True)
class Device:
    """A device of one subsystem. `parents`: attributes of each device above it, the nearest first.

    `path_tag` and `usb_id`: what udev's builtins path_id and usb_id find out when a rule asks for them.
    """

    subsystem: str
    kernel: str
    driver: str = ""
    action: str = "add"
    attributes: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    parents: tuple[dict[str, str], ...] = ()
    path_tag: str = ""
    usb_id: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    group: str = ""
    mode: str = ""


def parse(text: str) -> list[Rule]:
    """Raises ValueError with line number and reason for anything that is not a rule of udev(7)."""
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            rules.append(Rule(number, tuple(_tokens(line.strip(), number))))
    _check_jumps(rules)
    return rules


def _tokens(line: str, number: int) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(line):
        match = TOKEN.match(line, at)
        if match is None:
            raise ValueError(f'line {number}: not KEY=="value" at: {line[at : at + 40]}')
        token = Token(match[1], match[2] or "", match[3], match[4])
        _check(token, number)
        tokens.append(token)
        at = match.end()
        if at < len(line):
            separator = SEPARATOR.match(line, at)
            if separator is None or separator.end() == len(line):
                raise ValueError(f"line {number}: a comma and another key belong after {match[0]}")
            at = separator.end()
    return tokens


def _check(token: Token, number: int) -> None:
    if token.key not in KEYS:
        raise ValueError(f"line {number}: there is no key {token.key}")
    operators, braces = KEYS[token.key]
    if token.operator not in operators:
        raise ValueError(f"line {number}: {token.key} takes no {token.operator}")
    if braces is not None and braces != bool(token.name):
        raise ValueError(f"line {number}: {token.key} {'needs' if braces else 'takes no'} {{…}}")
    if token.key == "MODE" and not re.fullmatch(r"0?[0-7]{3}", token.value):
        raise ValueError(f"line {number}: {token.value} is no octal mode")


def _check_jumps(rules: list[Rule]) -> None:
    """udev jumps forward only."""
    labels: dict[str, int] = {}
    for rule in rules:
        for label in _values(rule, "LABEL"):
            if label in labels:
                raise ValueError(f"line {rule.line}: label {label} stands in line {labels[label]} already")
            labels[label] = rule.line
    for rule in rules:
        for target in _values(rule, "GOTO"):
            if labels.get(target, 0) <= rule.line:
                raise ValueError(f"line {rule.line}: there is no label {target} below")


def _values(rule: Rule, key: str) -> list[str]:
    return [token.value for token in rule.tokens if token.key == key]


def play(rules: list[Rule], device: Device) -> Device:
    """Apply the rules to the device, in order, as udev would when it appears. Returns the same device."""
    wanted = ""
    for rule in rules:
        if wanted and wanted not in _values(rule, "LABEL"):
            continue
        wanted = ""
        if _applies(rule, device):
            for token in rule.tokens:
                _assign(token, device)
            wanted = next(iter(_values(rule, "GOTO")), "")
    return device


def _applies(rule: Rule, device: Device) -> bool:
    compared = [token for token in rule.tokens if token.operator in {"==", "!="}]
    above = [token for token in compared if token.key == "ATTRS"]
    own = [token for token in compared if token.key != "ATTRS"]
    chain = (device.attributes, *device.parents)
    return all(_holds(token, _own_value(token, device)) for token in own) and (
        not above or any(all(_holds(token, level.get(token.name)) for token in above) for level in chain)
    )


def _own_value(token: Token, device: Device) -> str | None:
    if token.key == "ENV":
        return device.properties.get(token.name, "")
    if token.key == "ATTR":
        return device.attributes.get(token.name)
    if token.key == "TEST":
        return token.value if token.value in device.attributes else None
    plain = {"ACTION": device.action, "SUBSYSTEM": device.subsystem, "KERNEL": device.kernel, "DRIVER": device.driver}
    if token.key not in plain:
        raise ValueError(f"the player does not know {token.key}{token.operator}: teach it")
    return plain[token.key]


def _holds(token: Token, value: str | None) -> bool:
    matches = value is not None and any(fnmatch.fnmatchcase(value, pattern) for pattern in token.value.split("|"))
    return matches == (token.operator == "==")


def _assign(token: Token, device: Device) -> None:
    match token.key, token.operator:
        case _, "==" | "!=":
            return
        case "ENV", "=":
            device.properties[token.name] = _substituted(token.value, device)
        case "ATTR", "=":
            device.attributes[token.name] = token.value
        case "SYMLINK", "+=":
            device.links.add(_substituted(token.value, device))
        case "GROUP", "=":
            device.group = token.value
        case "MODE", "=":
            device.mode = token.value
        case "IMPORT", "=":
            pass
        case "GOTO" | "LABEL", "=":
            pass
        case _:
            raise ValueError(f"the player does not know {token.key}{token.operator}: teach it")
    if token.key == "IMPORT":
        _import(token, device)


def _import(token: Token, device: Device) -> None:
    if (token.name, token.value) == ("builtin", "path_id"):
        device.properties.update({"ID_PATH_TAG": device.path_tag} if device.path_tag else {})
    elif (token.name, token.value) == ("builtin", "usb_id"):
        device.properties.update(device.usb_id)
    else:
        raise ValueError(f"the player does not know IMPORT{{{token.name}}} {token.value}: teach it")


def _substituted(value: str, device: Device) -> str:
    value = re.sub(r"\$env\{(\w+)\}", lambda found: device.properties.get(found[1], ""), value)
    return re.sub(r"\$attr\{(\w+)\}", lambda found: device.attributes.get(found[1], ""), value)
