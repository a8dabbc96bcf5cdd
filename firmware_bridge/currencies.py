"""At the start of a sale's way: how many decimals the till's one currency has (ISO 4217, "Minor unit" column)."""

from __future__ import annotations

EXPONENTS: dict[str, int] = {
    **dict.fromkeys(
        ("AED", "ALL", "AMD", "AUD", "AZN", "BAM", "BGN", "BRL", "BYN", "CAD", "CHF", "CNY", "CZK", "DKK"), 2
    ),
    **dict.fromkeys(
        ("EUR", "GBP", "GEL", "HKD", "HUF", "ILS", "INR", "KGS", "KZT", "MDL", "MKD", "MXN", "NOK", "NZD"), 2
    ),
    **dict.fromkeys(
        ("PLN", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TJS", "TMT", "TRY", "UAH", "USD", "UZS", "ZAR"), 2
    ),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "VND"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "OMR", "TND"), 3),
}
