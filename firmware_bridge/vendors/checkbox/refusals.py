"""Where Checkbox says no on a sale's way: every documented refusal, what it means, and what the cashier is told.

One table. Source of a row: `page` = the vendor's API page of 2022 (wiki.checkbox.ua, api-specification), with its
words to the letter; `observed` = recorded from a test register of interface 2.106; `assumed` = the case is certain,
the words are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Source = Literal["page", "observed", "assumed"]
Verdict = Literal[
    "sign_in_again",  # the token is gone: nothing was done; once more with a new one
    "exists",  # the id is used: read back what stands under it
    "refused",  # said no; nothing was done
    "shift_not_open",  # said no, because there is no open shift
    "unknown",  # nothing stands under that id
    "later",  # said not now; nothing was done
    "offline_already",  # the register is in the manual offline mode already
    "online_still",  # the register is not in the manual offline mode
    "code_used",  # the offline number belongs to another document
    "order_differs",  # another document than the one named is the last
    "configuration",  # keys, passwords, rights: a technician's matter; nothing was done
    "doubt",  # it may have been done
]


@dataclass(frozen=True, slots=True)
class Row:
    """A refusal is known by its `code` where it has one, else by the begin of its message, `text`, and its `end`.

    `final`: trying again as it is would end likewise. `passing`: it is not the document that is wrong; when somebody
    has put it right, the same document is taken.
    """

    status: int
    code: str
    text: str
    verdict: Verdict
    sentence: str
    source: Source = "page"
    final: bool = False
    passing: bool = False
    end: str = ""


TABLE: Final[tuple[Row, ...]] = (
    Row(400, "", "There was an error parsing the body", "refused", "Checkbox could not read the request", final=True),
    Row(400, "receipt.already_exists", "Вказаний id чеку вже існує", "exists", "Checkbox has this document already"),
    Row(
        400,
        "shift.already_exists",
        "Вказаний id зміни вже існує",
        "exists",
        "Checkbox has this shift already",
        source="assumed",
    ),
    Row(
        400,
        "shift.not_opened",
        "Зміну не відкрито",
        "shift_not_open",
        "the shift is not open at Checkbox any more: open a shift, then try again",
    ),
    Row(
        400,
        "",
        "CheckBox Підпис неактивний",
        "refused",
        "the cashier's signing program (CheckBox Підпис) does not run: start it, then try again",
        passing=True,
    ),
    Row(
        400,
        "",
        "Каса зайнята іншим касиром",
        "refused",
        "another cashier works on this register: close that shift first",
        passing=True,
    ),
    Row(
        400,
        "",
        "Касир вже працює з даною касою",
        "refused",
        "this cashier has a shift open on this register already: close that one first",
        source="assumed",
        passing=True,
    ),
    Row(400, "", "Вказано невідомий ідентифікатор замовлення", "refused", "Checkbox knows no such order", final=True),
    Row(
        400,
        "receipt.previous_id_last_id_differs",
        "id попереднього че",
        "order_differs",
        "a document of another program stands between this one and the last",
    ),
    Row(
        400,
        "",
        "Сума платежів не може бути меньшою ніж сума чеку",
        "refused",
        "the payments are less than the receipt's total",
        final=True,
    ),
    Row(
        400,
        "",
        "Сума платежів повинна дорівнювати сумі чеку повернення",
        "refused",
        "the payments of a return must be its total exactly",
        final=True,
    ),
    Row(
        400,
        "",
        "Неможливо виконати операцію, оскільки в касі недостатньо коштів",
        "refused",
        "there is not enough cash in the register: put cash in first",
    ),
    Row(
        400,
        "",
        "Cash register should be in manual offline mode!",
        "online_still",
        "the register is not in the offline mode that this document was made for: it is looked at again",
        passing=True,
    ),
    Row(
        400,
        "",
        "[offline_mode_exception#error] Offline code '",
        "code_used",
        "the offline number of this document is used already",
        end="was used before!",
    ),
    Row(
        400,
        "",
        "[offline_mode_exception#error] No available offline codes",
        "refused",
        "Checkbox has no offline number left: it fetches new ones when the tax service answers again",
        source="assumed",
        passing=True,
    ),
    Row(
        400,
        "",
        "[offline_mode_exception#error]",
        "refused",
        "Checkbox does not accept the offline number of this document; tell the technician",
        source="assumed",
    ),
    Row(
        400,
        "",
        "Каса вже в режимі оффлайн",
        "offline_already",
        "the register is in the offline mode already: go on as it is",
        passing=True,
    ),
    Row(
        400,
        "organization.option_disabled",
        "Опцію вимкнено для організації",
        "refused",
        "the organisation has switched off what this document needs",
        source="observed",
        final=True,
    ),
    Row(
        400,
        "date.fiscal_date_logic",
        "Час фіскалізації чека",
        "refused",
        "the document's date does not fit between the others: nothing may follow it before the technician has looked",
        source="observed",
        final=True,
    ),
    Row(
        400,
        "",
        "Зміна триває більше 24 годин",
        "refused",
        "the shift is older than 24 hours: close it, then open a new one",
        source="assumed",
    ),
    Row(
        400,
        "",
        "У зміні є чеки, що не мають статусу DONE",
        "later",
        "some receipts of the shift are still on their way to the tax service: close it a little later",
        source="assumed",
    ),
    Row(
        400,
        "",
        "Перше відкриття зміни",
        "refused",
        "the register's very first shift must be opened while the tax service answers: wait, then open it",
        source="assumed",
    ),
    Row(
        401,
        "cash_register.invalid_license_key",
        "Невірний ключ ліцензії каси",
        "configuration",
        "the register's licence key is wrong: have the configuration put right",
    ),
    Row(
        401,
        "base.credentials",
        "Невірний токен доступу",
        "sign_in_again",
        "Checkbox has ended the cashier's session, and signing in again did not help",
    ),
    Row(401, "", "", "sign_in_again", "Checkbox did not accept the cashier's session", source="assumed"),
    Row(
        403,
        "cashier.invalid_credentials",
        "Невірний логін або пароль",
        "configuration",
        "the cashier's login or password is wrong: have the configuration put right",
    ),
    Row(403, "", "Невірний пінкод", "configuration", "the cashier's PIN is wrong: have the configuration put right"),
    Row(
        403,
        "",
        "Невірний ключ доступу",
        "configuration",
        "the integration's access key is wrong: have the configuration put right",
    ),
    Row(403, "", "Not authenticated", "sign_in_again", "Checkbox has not seen the cashier's session"),
    Row(
        403,
        "",
        "Доступ заборонено, оскільки касира деактивовано",
        "configuration",
        "the cashier was deactivated at Checkbox: the manager has to activate them or name another",
    ),
    Row(403, "", "", "configuration", "Checkbox does not permit this", source="assumed"),
    Row(404, "", "", "unknown", "Checkbox does not know it", source="assumed"),
    Row(
        409,
        "",
        "Зміну відкрито за допомогою CheckBox Kasa",
        "refused",
        "the shift was opened with CheckBox Kasa: close it there; the two must not share a register",
    ),
    Row(422, "", "", "refused", "Checkbox does not accept the form of the request; tell the technician", final=True),
    Row(429, "", "", "later", "Checkbox asks for fewer requests: try again in a minute", source="assumed"),
    Row(503, "", "Maintenance work", "later", "Checkbox is being maintained: try again later"),
)
