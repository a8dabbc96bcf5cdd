"""The table of attacks: what somebody tries, what the till answers, and which tests hold it to that.

`python -m tests.support.attacks` prints it as Markdown, `--short` as it stands in the README; tests/test_attacks.py
holds it to the tests that there are, and the README to it.
"""

from __future__ import annotations

import ast
import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_API: Final = "tests/firmware_bridge/api"
_GUARD: Final = f"{_API}/test_guard.py"
_LIMITS: Final = f"{_API}/test_limits.py"
_BROWSER: Final = "tests/blackbox/test_attacks_browser.py"
_PAGE: Final = "tests/blackbox/test_page_attacks.py"
_SESSIONS: Final = "tests/firmware_bridge/page/test_sessions.py"
_RAW: Final = "tests/blackbox/test_attacks_raw.py"
_TEXT: Final = "tests/blackbox/test_attacks_text.py"
_PLANTED: Final = "tests/blackbox/test_planted_secrets.py"
_PINS: Final = "tests/firmware_bridge/console/test_pins.py"
_FILES: Final = "tests/firmware_bridge/page/test_files.py"
_TILLS: Final = "tests/firmware_bridge/gateway/test_tills.py"
_SERVICE: Final = "tests/firmware_bridge/gateway/test_service.py"


@dataclass(frozen=True, slots=True)
class Attack:
    """One row. `answer`: what the till does; `held`: tests by their node ids; `control`: one in which the same gets
    through without what stops it, "" where there is nothing to take away."""

    number: int
    area: str
    attack: str
    answer: str
    held: tuple[str, ...]
    control: str = ""


_FREE: Final = f"{_BROWSER}::test_without_the_guard_the_same_forms_and_names_open_the_drawer"
_ATTACKER: Final = f"{_BROWSER}::test_a_page_of_an_attacker_can_neither_change_nor_read_anything"
_OTHERS: Final = f"{_PAGE}::test_other_pages_in_the_same_browser_reach_nothing"
_OPENS: Final = f"{_PAGE}::test_without_the_guard_the_same_page_opens_the_drawer"
_REFUSED: Final = f"{_GUARD}::test_attack_is_refused_and_the_till_untouched"
_UNGUARDED: Final = f"{_GUARD}::test_without_the_guard_the_same_attacks_open_the_till"
_ODD: Final = f"{_GUARD}::test_raw_attack_is_refused_and_the_till_untouched"
_POLICY: Final = f"{_FILES}::test_page_and_files_are_sent_without_a_token_and_with_a_strict_policy"
_NO_REQUEST: Final = f"{_API}/test_connection.py::test_what_is_no_request_gets_a_problem_document_and_nothing_happens"
_SAME_ID: Final = "test_same_id_and_content_gives_the_first_result_and_other_content_a_conflict"
_CONFLICT: Final = f"{_API}/test_commands.py::{_SAME_ID}"
_CHANNELS: Final = "test_who_is_guessed_at_on_one_channel_gets_in_on_another_and_nobody_else_is_kept_out"
_JSON: Final = f"{_API}/test_hostile.py::test_hostile_json_is_refused_in_one_sentence"

ATTACKS: Final = (
    Attack(1, "browser", "DNS rebinding: a page whose name leads to this machine reads (GET) and orders (POST)",
           "421 before anything else is looked at", (_ATTACKER, _OTHERS, _REFUSED), _FREE),
    Attack(2, "browser", "cross-site forms: text/plain, urlencoded, multipart",
           "403 for the origin, 415 for the type", (_ATTACKER, _REFUSED), _FREE),
    Attack(3, "browser", "fetch without CORS and sendBeacon from another port", "403", (_OTHERS,), _OPENS),
    Attack(4, "browser", "JSON and PUT with a pre-flight, Private and Local Network Access asked for",
           "403 and no header that allows anything",
           (_OTHERS, f"{_SESSIONS}::test_private_network_preflight_is_given_nothing")),
    Attack(5, "browser", "every route as picture, script, style sheet, frame", "nothing loads",
           (_ATTACKER, _OTHERS)),
    Attack(6, "browser", "WebSocket and EventSource from another port", "refused", (_OTHERS,)),
    Attack(7, "browser", "0.0.0.0, 127.1, localhost. and the like as name of this machine", "421",
           (_ATTACKER, _REFUSED), _UNGUARDED),
    Attack(8, "browser", "the status page in a frame", "refused by frame-ancestors",
           (_OTHERS, _POLICY)),
    Attack(9, "browser", "the status page opened by window.open", "403, and the window cannot be reached into",
           (_ATTACKER,), _FREE),
    Attack(10, "browser", "script in names of goods, people, devices, in vendors' words",
           "text; the page's policy would stop it besides",
           (f"{_BROWSER}::test_script_in_names_from_outside_is_text_on_the_page_and_would_not_run_if_it_was_not",),
           f"{_BROWSER}::test_script_in_names_from_outside_is_text_on_the_page_and_would_not_run_if_it_was_not"),
    Attack(11, "raw", "two Hosts, none, one with user, dot, capitals, wrong port, absolute target", "400 or 421",
           (_ODD, _REFUSED, _NO_REQUEST), _UNGUARDED),
    Attack(12, "raw", "Origin null, look-alikes by prefix and suffix, other port, other scheme", "403",
           (_REFUSED, f"{_GUARD}::test_listed_origin_gets_exactly_itself_and_never_credentials"), _UNGUARDED),
    Attack(13, "raw", "Sec-Fetch-Site: same-site, cross-site, nonsense", "403", (_REFUSED,), _UNGUARDED),
    Attack(14, "raw", "token missing, twice, oversized, guessed, nearly right, of another role, revoked",
           "401 or 403; one log line a minute; nobody else is slowed down",
           (_REFUSED, f"{_RAW}::test_guessed_tokens_open_nothing_fill_no_log_and_keep_nobody_out",
            f"{_GUARD}::test_every_route_answers_every_role_as_the_table_says",
            f"{_GUARD}::test_wrong_approval_is_refused_and_nothing_happens",
            f"{_SESSIONS}::test_session_ends_when_it_is_idle_and_in_any_case_after_a_week",
            f"{_GUARD}::test_rotated_token_works_beside_the_old_one"), _UNGUARDED),
    Attack(15, "raw", "length with chunks, two lengths, broken and endless chunks", "400 or 408",
           (_ODD, f"{_LIMITS}::test_slow_client_is_not_waited_for")),
    Attack(16, "raw", "slow heads, slow bodies, 200 idle connections while a sale runs",
           "hung up on; 503 for who is too many; the sale and who is connected go on, the socket has its own room",
           (f"{_LIMITS}::test_slow_client_is_not_waited_for",
            f"{_RAW}::test_two_hundred_idle_connections_stop_neither_the_sale_that_runs_nor_who_is_connected",
            f"{_LIMITS}::test_too_many_connections_are_refused_while_a_sale_runs")),
    Attack(17, "raw", "64 KiB and one byte, gzip bomb, 5,000 headers", "413, 415, 400",
           (_ODD, f"{_API}/test_connection.py::test_a_gzip_bomb_is_not_unpacked"),
           f"{_GUARD}::test_exactly_64_kib_is_read"),
    Attack(18, "raw", "JSON 100,000 deep, NaN, 1e400, 2^63, names twice, broken UTF-8, NUL, half surrogates",
           "400 or 422 in one sentence", (_JSON,)),
    Attack(19, "raw", "../, encoded and double slash, very long path", "400 or 404",
           (_ODD, f"{_FILES}::test_nothing_but_the_files_of_the_page_is_there")),
    Attack(20, "raw", "headers that ask for another method", "have no effect", (_ODD,)),
    Attack(21, "raw", "idempotency key that is huge, has a line break, stands twice, comes with other content",
           "400 or 409", (_REFUSED, _ODD, _CONFLICT)),
    Attack(22, "raw", "event stream: ninth reader, one that never reads, positions below 0, huge, of words",
           "503, dropped, 400",
           (f"{_API}/test_events.py::test_ninth_reader_is_refused_and_a_place_is_free_again_when_one_leaves",
            f"{_API}/test_events.py::test_reader_that_never_reads_is_dropped_and_frees_its_place",
            f"{_API}/test_events.py::test_wrong_position_is_refused")),
    Attack(23, "people", "PIN guessing at console and page, both at once, after a restart, with unknown names",
           "longer and longer waits per person and channel; the same work for a name that nobody has",
           (f"{_PINS}::test_wrong_tries_wait_longer_and_longer_also_after_a_restart",
            f"{_PINS}::test_guesses_at_two_channels_at_once_are_each_counted",
            f"{_PINS}::test_a_name_that_nobody_has_is_slowed_down_and_costs_as_one_that_somebody_has",
            f"{_SESSIONS}::test_guessing_is_slowed_down_and_the_till_goes_on")),
    Attack(24, "people", "locking a colleague out by wrong PINs", "nobody else waits; another channel is open",
           (f"{_PINS}::test_one_who_is_guessed_at_keeps_nobody_else_out",
            f"{_PINS}::test_each_channel_counts_for_itself_and_who_gets_in_at_one_clears_no_other",
            f"tests/blackbox/test_people.py::{_CHANNELS}")),
    Attack(25, "people", "every route with every role", "as the table of routes says, else 403",
           (f"{_GUARD}::test_every_route_answers_every_role_as_the_table_says",)),
    Attack(26, "people", "unix socket: other user, other group, stale file, link in its place",
           "not connected, or 403 by the kernel's word; whatever is no dead socket is left alone",
           (f"{_RAW}::test_a_local_user_outside_the_group_does_not_reach_the_till",
            f"{_RAW}::test_a_member_of_the_group_may_what_the_kernel_says_they_are",
            f"{_LIMITS}::test_dead_socket_file_is_replaced_and_anything_else_left_alone"),
           f"{_RAW}::test_where_the_file_lets_everybody_in_the_kernels_word_still_keeps_strangers_out"),
    Attack(27, "text", "escapes, right-to-left, line breaks in goods, people, models, vendors' words, file names",
           "refused at the API; shown as <1B> on console, log, bundle, command line; not sent to the printer",
           (f"{_TEXT}::test_a_control_character_in_a_name_does_not_get_in",
            f"{_TEXT}::test_a_console_shows_the_names_and_obeys_none",
            f"{_TEXT}::test_the_log_shows_what_a_terminal_would_obey",
            f"{_TEXT}::test_a_terminal_that_looks_at_the_journal_is_told_and_not_moved",
            f"{_TEXT}::test_a_bundle_opened_in_a_terminal_moves_nothing",
            f"{_TEXT}::test_paper_has_the_name_as_letters_and_the_printer_obeys_nothing_of_it",
            f"{_TEXT}::test_names_of_files_are_shown_and_not_obeyed",
            f"{_PLANTED}::test_a_vendors_words_move_no_terminal"),
           f"{_TEXT}::test_the_same_look_finds_what_is_printed_as_it_came"),
    Attack(28, "text", "%s, {}, $(id) in the same places", "text",
           (f"{_TEXT}::test_a_terminal_that_looks_at_the_journal_is_told_and_not_moved",
            f"{_TEXT}::test_paper_has_the_name_as_letters_and_the_printer_obeys_nothing_of_it",
            "tests/firmware_bridge/test_logs.py::test_format_characters_in_data_are_only_data")),
    Attack(29, "text", "secrets that vendors and devices repeat, whole card numbers, customers' data",
           "found nowhere: log, journal, API, console, command line, bundle, dumps, process list",
           (f"{_PLANTED}::test_no_secret_stands_anywhere",
            f"{_PLANTED}::test_every_place_of_a_secret_has_its_canary",
            f"{_PLANTED}::test_a_card_number_is_kept_as_its_first_six_and_last_four_digits_at_most",
            f"{_PLANTED}::test_a_customer_stands_beside_the_chain_and_nowhere_else_and_can_be_erased",
            f"{_PLANTED}::test_a_secret_that_somebody_writes_into_the_configuration_itself_is_refused_and_not_repeated"),
           f"{_PLANTED}::test_without_the_filters_the_same_look_finds_them_at_every_door"),
    Attack(30, "text", "a recording with hostile JSON, notes and bytes", "one sentence, or shown harmlessly",
           (f"{_TEXT}::test_a_recording_with_hostile_lines_is_refused_in_one_sentence",
            f"{_TEXT}::test_a_recording_whose_notes_and_bytes_are_hostile_is_shown_harmlessly",
            "tests/drivers/ports/test_replay.py::test_noise_is_refused_and_raises_nothing_else")),
    Attack(32, "fleet", "another till's lane at the gateway, without or with a wrong token", "401, told to enrol",
           (f"{_SERVICE}::test_nobody_without_the_tills_token_is_answered",
            f"{_SERVICE}::test_a_till_with_a_wrong_token_is_down_and_is_told_to_enrol")),
    Attack(33, "fleet", "a till enrolled under a name that is more than a name", "refused",
           (f"{_TILLS}::test_a_name_that_would_be_more_than_a_name_is_refused",)),
    Attack(34, "fleet", "an enrolment code that is used, old, guessed", "void",
           (f"{_TILLS}::test_a_code_is_void_after_a_day", f"{_TILLS}::test_a_code_is_void_after_too_many_guesses",
            f"{_TILLS}::test_a_newer_code_makes_the_older_void_and_a_newer_token_the_older_one")),
    Attack(35, "fleet", "a till that was revoked", "is not answered any more",
           (f"{_SERVICE}::test_a_revoked_till_is_not_answered_any_more",)),
    Attack(36, "fleet", "a second machine with a stolen copy: another journal under the same identity", "refused",
           (f"{_SERVICE}::test_another_journal_is_refused_until_the_till_is_enrolled_for_it",)),
)  # fmt: skip
#: Numbers of the list that every row of it must have.
NUMBERS: Final = range(1, 31)


def missing(node: str, root: Path = ROOT) -> str:
    """Why there is no such test: "" when there is one. `node`: file::function, as pytest writes it."""
    path, _, function = node.partition("::")
    try:
        source = (root / path).read_text("utf-8")
        known = _functions(source)
    except (OSError, SyntaxError) as error:
        return f"{path}: {error}"
    if not function.startswith("test_") or function not in known:
        return f"{path} has no test {function}"
    return ""


@functools.cache
def _functions(source: str) -> frozenset[str]:
    tree = ast.parse(source)
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def markdown() -> str:
    """The table for people."""
    lines = ["| # | attack | the till's answer | held by | without the guard |", "|---|---|---|---|---|"]
    for row in ATTACKS:
        held = "<br>".join(f"`{node}`" for node in row.held)
        lines.append(_row(str(row.number), row.attack, row.answer, held, f"`{row.control}`" if row.control else ""))
    return "\n".join(lines) + "\n"


def short() -> str:
    """What is tried and answered, for the README."""
    rows = (_row(row.attack, row.answer) for row in ATTACKS)
    return "\n".join(["| attack | the till's answer |", "|---|---|", *rows]) + "\n"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(short() if sys.argv[1:] == ["--short"] else markdown())
