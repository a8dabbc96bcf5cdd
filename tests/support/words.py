"""Puts sentences into the table of words, all five languages at once: `python -m tests.support.words add FILE`.

FILE is JSON, slug -> {en, uk, ru, az, be}; the slug is the key below `said.`, area and name ("printer.no_answer"), or a
whole key of the page or the console ("page.signin.wait", "console.help.till", "state.printer.ready"). The
English is the source's own sentence with named places for what an f-string puts in ("Line {line} is busy: wait."),
places next to each other as one; the other languages have the same places, in any order. A place called code, code2,
evidence, id, name, path or typed is never translated. Places that hold clauses of the till's own ({reason}) are, when
those clauses are in the table too. An existing slug is replaced. Everything is checked before anything is written:
the five languages, the places, letters of the right alphabet; each file is replaced at once, its keys sorted.

`python -m tests.support.words missing [MODULE-GLOB ...]` prints as JSON what the source says and the table lacks, with
slugs made of the first words: fill in the other languages and give it to `add`. `idle` names what no source says any
more; `remove SLUG ...` takes out.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from firmware_bridge.words.patterns import PLACE, anchors, pattern
from firmware_bridge.words.table import FOLDER, LANGUAGES, SHARED
from tests.firmware_bridge.words.sentences import Sentence, bare, files, source

FOREIGN: Final = {
    "en": "а-яА-ЯёЁіІїЇєЄґҐўЎəƏ",
    "uk": "ыЫэЭёЁъЪўЎəƏ",
    "ru": "іІїЇєЄґҐўЎəƏ",
    "az": "а-яА-ЯёЁіІїЇєЄґҐўЎ",
    "be": "иИщЩъЪїЇєЄґҐəƏ",
}
"""Letters that the language does not have, and its neighbour in the table does."""

NAMES: Final = ("CheckBox Підпис",)
"""Products that are called so in every language."""

ELSEWHERE: Final = ("said.composed.", "said.json.", "said.system.")
"""Rows that no single text of the source is: put together there, or said by Python's JSON reader and by the system."""

Table = dict[str, dict[str, str]]


def faults(slug: str, row: Mapping[str, str]) -> list[str]:
    """What is wrong with one row, in words."""
    if set(row) != set(LANGUAGES):
        return [f"{slug}: has {sorted(row)}, not {sorted(LANGUAGES)}"]
    found = _english(slug, row["en"]) if slug.startswith("said.") else []
    return [*found, *(fault for name, text in row.items() for fault in _in(slug, name, text, row))]


def _english(slug: str, text: str) -> list[str]:
    """What keeps an English sentence from being found in a text."""
    found = []
    places = PLACE.findall(text)
    if len(set(places)) != len(places):
        found.append(f"{slug}: a place stands twice in the English")
    if "}{" in text:
        found.append(f"{slug}: two places touch each other; make them one")
    if not anchors(pattern(slug, text)):
        found.append(f"{slug}: no whole word between its places")
    return found


def _in(slug: str, language: str, text: str, row: Mapping[str, str]) -> list[str]:
    found = []
    places, wanted = sorted(PLACE.findall(text)), sorted(PLACE.findall(row["en"]))
    if not text.strip() or (text != text.strip() and slug.startswith("said.")):
        found.append(f"{slug}.{language}: is empty, or has blanks around it")
    if places != wanted:
        found.append(f"{slug}.{language}: places {places}, not {wanted}")
    plain = PLACE.sub("", text)
    for name in NAMES:
        plain = plain.replace(name, "")
    if foreign := re.findall(f"[{FOREIGN[language]}]", plain):
        found.append(f"{slug}.{language}: letters of another language: {''.join(sorted(set(foreign)))}")
    if text.endswith(".") != row["en"].endswith(".") and slug.startswith("said."):
        found.append(f"{slug}.{language}: a full stop here or there only")
    if re.search(r"[A-Za-z][а-яіїєґўё]|[а-яіїєґўё][A-Za-z]", plain):
        found.append(f"{slug}.{language}: a word of two alphabets")
    return found


def read(folder: Path = FOLDER) -> Table:
    """Language -> key -> sentence."""
    files = {language: folder / f"{language}.json" for language in LANGUAGES}
    return {name: json.loads(file.read_text("utf-8")) if file.exists() else {} for name, file in files.items()}


def write(table: Table, folder: Path = FOLDER) -> None:
    """Replace each language's file at once, keys sorted."""
    for language, rows in table.items():
        text = json.dumps(dict(sorted(rows.items())), ensure_ascii=False, indent=1) + "\n"
        beside = folder / f".{language}.{os.getpid()}"
        beside.write_text(text, "utf-8")
        beside.replace(folder / f"{language}.json")


def key_of(slug: str) -> str:
    """The key of a row: its slug, below `said.` unless it is one of the page's, the console's, or both's."""
    return slug if slug.startswith(("page.", "console.", *SHARED)) else f"said.{slug}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else changes the table meanwhile."""
    place = Path(tempfile.gettempdir()) / f"words-{hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16]}.lock"
    with place.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add(rows: Mapping[str, Mapping[str, str]], folder: Path = FOLDER) -> list[str]:
    """Put rows into the table; returns what is wrong with them, and then nothing was written."""
    wrong = [fault for slug, row in rows.items() for fault in faults(key_of(slug), row)]
    if not wrong:
        with alone(folder):
            table = read(folder)
            for slug, row in rows.items():
                for language, text in row.items():
                    table[language][key_of(slug)] = text
            write(table, folder)
    return wrong


def known_texts(table: Table) -> set[str]:
    """The English of every `said.*` row with nameless places, also without the member of a request in front."""
    texts = {bare(text) for key, text in table["en"].items() if key.startswith("said.")}
    return texts | {text.removeprefix("{} ") for text in texts}


def _covered(text: str, there: set[str]) -> bool:
    """Is it a row, as it is or with the member of a request that it begins with as a place?"""
    return text in there or f"{{}} {text.partition(' ')[2]}" in there


def missing(found: Iterable[Sentence], table: Table) -> list[Sentence]:
    """The sentences that no row of the table is."""
    there = known_texts(table)
    return [sentence for sentence in found if not _covered(sentence.bare, there)]


def idle(found: Iterable[Sentence], words: set[str], table: Table) -> list[str]:
    """The keys of rows that no source says: neither as a sentence nor as a word. See `ELSEWHERE`."""
    used = {sentence.bare for sentence in found} | {bare(word) for word in words}
    used |= {f"{{}} {text.partition(' ')[2]}" for text in used}
    rows = ((key, bare(text)) for key, text in table["en"].items() if key.startswith("said."))
    return [
        key
        for key, text in rows
        if not key.startswith(ELSEWHERE) and text not in used and text.removeprefix("{} ") not in used
    ]


def slug_of(area: str, text: str, taken: set[str]) -> str:
    """A slug made of a sentence's first words."""
    name = "_".join(re.findall(r"[a-z0-9]+", re.sub(r"\{\w*\}", "", text).lower())[:7])[:48].strip("_")
    return next(one for one in [name, *(f"{name}_{n}" for n in range(2, 99))] if f"{area}.{one}" not in taken)


def lacking(globs: list[str], table: Table) -> Table:
    """What the source says and the table lacks, as rows whose other languages are empty."""
    taken = {key.removeprefix("said.") for key in table["en"]}
    wanted = [file for file in files() if not globs or any(fnmatch(file, glob) for glob in globs)]
    rows: Table = {}
    for one in missing(source(wanted)[0], table):
        if all(bare(row["en"]) != one.bare for row in rows.values()):
            area = Path(one.module).stem.removesuffix("_command")
            slug = f"{area}.{slug_of(area, one.text, taken | set(rows))}"
            rows[slug] = {language: one.text if language == "en" else "" for language in LANGUAGES}
    return rows


def remove(slugs: list[str], folder: Path = FOLDER) -> None:
    """Take rows out of the table."""
    gone = {key_of(slug) for slug in slugs}
    with alone(folder):
        kept = {name: {k: text for k, text in rows.items() if k not in gone} for name, rows in read(folder).items()}
        write(kept, folder)


def main(arguments: list[str]) -> int:
    """The commands above; 0 when all is well."""
    what, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    said: list[str] = []
    status = 0
    match what:
        case "add" if len(rest) == 1:
            said = add(json.loads(Path(rest[0]).read_text("utf-8")))
            status = bool(said)
        case "remove":
            remove(rest)
        case "idle":
            said = idle(*source(), read())
        case "missing":
            said = [json.dumps(lacking(rest, read()), ensure_ascii=False, indent=1)]
        case _:
            said, status = [str(__doc__)], 2
    sys.stdout.writelines(f"{line}\n" for line in said)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
