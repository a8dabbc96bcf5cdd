"""In the vendor's place on a sale's way: every refusal, with the vendor's own words.

Messages are literal. `code` exists in the current interface only. Source: seed = the vendor's page as kept in 2022;
live = recorded from a test register in 2026; inferred = the case is certain, the words are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Source = Literal["seed", "live", "inferred"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One refusal. `current`: the message of the current interface where it differs. `{}` in a message is filled."""

    status: int
    message: str
    code: str = ""
    current: str = ""
    source: Source = "seed"


KINDS: Final[dict[str, Kind]] = {
    "unparsable": Kind(400, "There was an error parsing the body"),
    "bad-login": Kind(403, "Невірний логін або пароль", "cashier.invalid_credentials"),
    "bad-pin": Kind(403, "Невірний пінкод", "cashier.invalid_credentials"),
    "bad-access-key": Kind(403, "Невірний ключ доступу"),
    "bad-license": Kind(401, "Невірний ключ ліцензії каси", "cash_register.invalid_license_key"),
    "bad-token": Kind(401, "Невірний токен доступу", "base.credentials", "Could not validate credentials"),
    "no-token": Kind(403, "Not authenticated"),
    "deactivated": Kind(403, "Доступ заборонено, оскільки касира деактивовано"),
    "maintenance": Kind(503, "Maintenance work till 3:30 GMT+3. Sorry for the inconvenience."),
    "signature-off": Kind(400, "CheckBox Підпис неактивний, запустіть його, будь ласка"),
    "register-busy": Kind(400, "Каса зайнята іншим касиром"),
    "cashier-busy": Kind(400, "Касир вже працює з даною касою", source="inferred"),
    "shift-not-opened": Kind(400, "Зміну не відкрито", "shift.not_opened"),
    "shift-too-old": Kind(400, "Зміна триває більше 24 годин, закрийте зміну", source="inferred"),
    "shift-exists": Kind(400, "Вказаний id зміни вже існує", "shift.already_exists", source="inferred"),
    "first-shift-offline": Kind(
        400, "Перше відкриття зміни обов'язково має виконуватись в онлайн режимі", source="inferred"
    ),
    "receipts-pending": Kind(400, "У зміні є чеки, що не мають статусу DONE", source="inferred"),
    "other-client": Kind(
        409,
        "Зміну відкрито за допомогою CheckBox Kasa, виконання дії через іншу інтеграцію призведе до непередбачуваних "
        "помилок в роботі каси",
    ),
    "unknown-order": Kind(400, "Вказано невідомий ідентифікатор замовлення"),
    "receipt-exists": Kind(400, "Вказаний id чеку вже існує", "receipt.already_exists"),
    "previous-differs": Kind(
        400,
        "id попереднього чеку відрізняється від останнього збереженого чеку",
        "receipt.previous_id_last_id_differs",
        "id попереднього чека відрізняється від останнього збереженого чека",
    ),
    "paid-too-little": Kind(400, "Сума платежів не може бути меньшою ніж сума чеку"),
    "return-unequal": Kind(400, "Сума платежів повинна дорівнювати сумі чеку повернення ({})"),
    "too-little-cash": Kind(400, "Неможливо виконати операцію, оскільки в касі недостатньо коштів ({} > {})"),
    "card-too-much": Kind(400, "Сума безготівкових платежів не може бути більшою ніж сума чеку", source="inferred"),
    "discount-too-big": Kind(400, "Сума знижки не може перевищувати суму товарів", source="inferred"),
    "mixed-return": Kind(400, "Чек не може містити одночасно продаж та повернення", source="inferred"),
    "unknown-tax": Kind(400, "Податкову ставку {} не знайдено", source="inferred"),
    "option-off": Kind(400, "Опцію вимкнено для організації", "organization.option_disabled", source="inferred"),
    "not-manual-offline": Kind(400, "Cash register should be in manual offline mode!"),
    "already-offline": Kind(400, "Каса вже в режимі оффлайн"),
    "code-used": Kind(400, "[offline_mode_exception#error] Offline code '{}' was used before!"),
    "code-unknown": Kind(400, "[offline_mode_exception#error] Offline code '{}' not found!", source="inferred"),
    "code-missing": Kind(400, "[offline_mode_exception#error] Offline code is required!", source="inferred"),
    "no-codes": Kind(400, "[offline_mode_exception#error] No available offline codes!", source="inferred"),
    "date-logic": Kind(
        400,
        "Час фіскалізації чека повинен бути більше ніж час відкриття зміни ({})",
        "date.fiscal_date_logic",
        source="live",
    ),
    "wrong-date": Kind(400, "Невірна дата офлайн транзакції ({})", "date.fiscal_date_logic", source="inferred"),
    "receipt-not-found": Kind(
        404,
        "Чек не знайдено",
        "",
        "Сталась помилка при запиті до архіву чеків: [not_found#404] Not Found",
        source="inferred",
    ),
    "not-found": Kind(404, "Not Found", source="inferred"),
    "no-method": Kind(405, "Method Not Allowed", source="inferred"),
}


class Refused(Exception):
    """The vendor says no. `words` fill the message; `detail` is the list of a 422."""

    def __init__(self, kind: str, *words: str) -> None:
        self.kind = KINDS[kind]
        self.words = words
        super().__init__(self.kind.message.format(*words))

    def answer(self, *, current: bool) -> tuple[int, dict[str, Any]]:
        """Status and body as this interface writes them."""
        message = ((self.kind.current if current else "") or self.kind.message).format(*self.words)
        if current and self.kind.code:
            return self.kind.status, {"code": self.kind.code, "message": message}
        return self.kind.status, {"message": message}


class Invalid(Exception):
    """422: the request does not have the documented form. `problems`: rows of `detail`, already worded."""

    def __init__(self, problems: list[Mapping[str, Any]]) -> None:
        super().__init__(f"{len(problems)} fields are not as documented")
        self.problems = problems

    def answer(self, *, current: bool) -> tuple[int, dict[str, Any]]:
        """Status and body as this interface writes them."""
        if current:
            return 422, {"code": "validation.custom", "message": "Помилка валідації", "detail": self.problems}
        return 422, {"detail": self.problems, "message": "Validation error"}
