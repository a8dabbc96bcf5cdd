"""In the vendor's place on a sale's way: every refusal: its resultCode and the words for the person at the till.

The codes are those of the vendor's table (responses/code_type); 491 and its words are those of the page ADD_CHEQUES.
The words of the others are inferred, but for 400.
"""

from __future__ import annotations

from typing import Final

#: resultCode -> messageDetail; `{}` is filled.
WORDS: Final[dict[int, str]] = {
    399: "{}",
    400: "Необходимо открыть смену",
    401: "Необходима авторизация",
    402: "Сумма должна быть не меньше 0.01",
    403: "Некорректная цена товара: {}",
    404: "Итоговая сумма отрицательна",
    405: "Ошибка токена авторизации",
    406: "Смена уже открыта",
    407: "Срок действия сертификата истек",
    408: "Смена уже закрыта",
    409: "Касса заблокирована или не инициализирована",
    410: "Имеется незавершенная продажа, завершите ее в приложении",
    411: "Нет чека для аннулирования",
    412: "Смена открыта более 24 часов",
    413: "Некорректное тело запроса: {}",
    414: "Сумма превышает 99999999999.99",
    415: "Количество меньше 0.001",
    416: "Количество больше 9999.999",
    418: "Необходимо указать RRN",
    491: 'UUID чека "{}" не уникален',
}


class Refused(Exception):
    """The till says no. `words` fill the message."""

    def __init__(self, code: int, *words: str) -> None:
        self.code = code
        self.detail = WORDS.get(code, "{}").format(*words)
        super().__init__(f"{code}: {self.detail}")


def bad_body(where: str, what: str) -> Refused:
    """413: a field of the body."""
    return Refused(413, f"{where}: {what}")
