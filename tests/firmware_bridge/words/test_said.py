"""A sentence that the till composed in English is found again and said in another language; nothing is ever lost."""

from __future__ import annotations

import os
import random
import re
import time

import pytest

from drivers.errors import NotSent
from firmware_bridge.validation import find_faults
from firmware_bridge.words.patterns import PLACE, Index
from firmware_bridge.words.said import GROUP, VERBATIM, index, translate
from firmware_bridge.words.table import LANGUAGES, Language, words
from statemachines.printer import PAPER_END, Printer, why_not

OTHERS: tuple[Language, ...] = LANGUAGES[1:]
ROWS = [key for key in words("en") if key.startswith(GROUP) and not key.startswith("said.word.")]


def filled(sentence: str, facts: dict[str, str]) -> str:
    return PLACE.sub(lambda place: facts[place[1]], sentence)


@pytest.mark.parametrize("language", OTHERS)
def test_every_row_is_found_again_with_its_facts_in_its_own_places(language: Language) -> None:
    for key in ROWS[OTHERS.index(language) :: len(OTHERS)]:
        english = words("en")[key]
        facts = {place: f"Q{at}" for at, place in enumerate(PLACE.findall(english))}
        assert translate(filled(english, facts), language) == filled(words(language)[key], facts), key


def test_the_printers_own_refusal_is_said_in_ukrainian() -> None:
    assert translate(why_not(Printer(PAPER_END)), "uk") == "У принтері чеків немає паперу: вставте новий рулон."


def test_facts_that_are_clauses_of_the_till_are_translated_too() -> None:
    text = (
        "Drawer main is not connected: The receipt printer does not answer "
        "(the printer is not connected; nothing was sent): check its cable and its power."
    )
    assert translate(text, "ru") == (
        "Ящик main не подключён: Принтер чеков не отвечает "
        "(принтер не подключён; ничего не отправлено): проверьте кабель и питание."
    )


def test_places_stand_in_another_order_where_the_language_wants_it() -> None:
    text = "Document 12 is not finished, and its cash goes through drawer main: finish it first."
    said = translate(text, "az")
    assert said == "12 sənədi bitməyib, onun nağdı isə main qutusundan keçir: əvvəlcə onu bitirin."


def test_clauses_are_translated_each_and_an_unknown_one_stays() -> None:
    assert translate("E402 bad tax; nothing was sent", "uk") == "E402 bad tax; нічого не надіслано"
    assert translate("The moon is full. This count is over: begin a new one.", "uk") == (
        "The moon is full. Цей перерахунок закінчено: почніть новий."
    )
    assert translate("The moon is full", "uk") == "The moon is full"


def test_a_capital_or_a_small_letter_at_the_beginning_makes_no_difference() -> None:
    assert translate("The body is larger than 9 bytes: nothing happened", "uk") == (
        "Тіло більше за 9 байтів: нічого не сталося"
    )
    assert translate("nobody knows what time it is", "be") == "ніхто не ведае, каторая гадзіна"


def test_what_people_call_things_is_never_translated_nor_read_as_a_place() -> None:
    assert {"name", "id", "evidence", "typed"} <= VERBATIM
    said = translate("the money was given back: nothing was sent", "uk")
    assert said == "гроші повернуто: nothing was sent"
    said = translate("{drawer_id} may not use drawer {name}: assign the cashier to it first.", "uk")
    assert said == "{drawer_id} не має доступу до скриньки {name}: спершу призначте касира до неї."
    text = "the money was given back: it is done; nothing was sent; nothing was printed; nothing was repeated"
    assert translate(text, "uk") == text.replace("the money was given back", "гроші повернуто")
    assert translate("sale", "uk") == "sale", "a word by itself may be anybody's"
    text = "nothing happened, and lines must be one of a, b"
    assert "нічого не сталося" in translate(text, "uk"), "no member of a request has a blank in its name"


def test_a_fault_in_a_request_is_said_with_and_without_its_member() -> None:
    faults = find_faults({"n": "x"}, dict[str, int])
    assert [fault.sentence() for fault in faults] == ["n must be a whole number, not text"]
    assert translate(faults[0].sentence(), "uk") == "n: має бути ціле число, а не текст"
    assert translate("must be a whole number, not text", "uk") == "має бути ціле число, а не текст"
    assert translate("a.b[0] must be at least 3 (2 more): nothing happened, correct it and send it again", "ru") == (
        "a.b[0]: должно быть не меньше чем 3 (и ещё 2): ничего не произошло, исправьте это и отправьте ещё раз"
    )


def test_a_vendors_code_behind_a_clause_leaves_the_clause_to_be_found() -> None:
    text = 'SmartOne: a parameter is missing: tell the technician (SmartOne: code 3, "xəta")'
    assert translate(text, "ru") == 'SmartOne: не хватает параметра: скажите технику (SmartOne: код 3, "xəta")'
    text = "it does not print the Z report: its fiscal memory is full (-100114 ERR_FM_FULL)"
    assert translate(text, "uk") == (
        "він не виконує «надрукувати Z-звіт»: його фіскальна пам’ять повна (-100114 ERR_FM_FULL)"
    )


def test_a_devices_own_error_names_the_device_in_the_language_too() -> None:
    error = NotSent("the cover is open: close it; nothing was sent", port="usb:04b8:0e15", role="receipt printer")
    assert translate(str(error), "uk") == (
        "принтер чеків (usb:04b8:0e15): кришка відкрита: закрийте її; нічого не надіслано"
    )


def test_english_is_handed_on_without_a_look_into_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> Index:
        raise AssertionError("the table was looked into")

    monkeypatch.setattr("firmware_bridge.words.said.index", never)
    text = "The receipt printer has no paper: load a new roll."
    assert translate(text, "en") == text


def test_blanks_and_lines_stay_as_they_are() -> None:
    assert translate("  nothing happened\n\nnothing was sent ", "uk") == "  нічого не сталося\n\nнічого не надіслано "
    assert translate("", "uk") == ""


def hostile(luck: random.Random) -> str:
    """Texts made of the table's own words, joints and places, and of whatever a device may send."""
    known = words("en")[luck.choice(ROWS)]
    parts = [
        luck.choice([known, known[: luck.randrange(1, len(known) + 1)], PLACE.sub("nothing happened", known)])
        if luck.random() < 0.6
        else luck.choice(
            ["; ", ": ", ". ", ", ", "(", ")", "{", "}", "{0}", "\\1", "%s", "\x00", "ў", "the ", "😀", "\n"]
        )
        for _ in range(luck.randrange(1, 30))
    ]
    return "".join(parts)


def test_hostile_texts_end_soon_and_lose_nothing_that_is_not_known() -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    luck = random.Random(seed)
    begun = time.process_time()
    for _ in range(40):
        text = hostile(luck)
        said = translate(text, luck.choice(OTHERS))
        assert len(said) < 8 * len(text) + 200, f"SEED={seed}"
        assert all(kept in said for kept in re.findall(r"[ў😀\x00]", text)), f"SEED={seed}"
    assert time.process_time() - begun < 5, f"SEED={seed}"


@pytest.mark.parametrize(
    "text",
    [
        ": nothing happened" * 110,
        "; ".join(["the printer is not connected; nothing was sent"] * 40),
        "(".join(["Document 1 is in doubt "] * 80),
        "nothing was " * 160,
        "a; b: c, d. " * 160,
        "nothing happened (nothing was sent) " * 55 + "(x)",
        "(" * 1000 + ")" * 1000,
        "x " + "(" * 900 + "nothing happened" + ")" * 900,
        "x" * 2000,
    ],
)
def test_the_work_on_one_text_is_bounded(text: str) -> None:
    translate("the table is read by now", "be")
    begun = time.process_time()
    translate(text, "be")
    assert time.process_time() - begun < 0.5


def test_a_text_of_more_than_two_thousand_characters_stays_as_it_is() -> None:
    text = "nothing happened; " * 200
    assert translate(text, "uk") == text


def test_only_few_patterns_are_tried_on_a_sentence() -> None:
    tried = list(index().candidates("The receipt printer has no paper: load a new roll"))
    assert 0 < len(tried) < 60
