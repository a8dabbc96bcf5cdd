"""Which sold pieces a returned line means, and whether it gives back what was paid for them: before it is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from statemachines.sold import NotReturnable, Part, Sold, SoldLine, Taken, fill
from statemachines.vocabulary.receipt import Line, LineRequest, Receipt, TaxAmount


def match_lines(receipt: Receipt, sold: Sold, name: str) -> tuple[tuple[Line, ...], NotReturnable | None]:
    """Return the lines of a return as the sale has them, and book them.

    Each gets its `original_line` and the taxes of the day of sale. Beside them: what to say about the first line that
    gives back less than its share, None when no line does. `name` of the original, for sentences. Raises NotReturnable
    for what was not sold, what is not left, and more money than was paid.
    """
    _named_alike(receipt)
    short: NotReturnable | None = None
    found: list[Line] = []
    for at, line in enumerate(receipt.lines):
        parts = _parts(line.request, sold, name, f"lines[{at}]")
        worth = sum(part.worth(quantity) for part, quantity in parts)
        least = sum(part.least(quantity) for part, quantity in parts)
        field, what = f"lines[{at}].price", f"{line.request.quantity} of {line.request.code!r}"
        if line.sum > worth:
            raise NotReturnable(
                "more-than-sold",
                field,
                f"{line.sum} would be given back for {what} (thousandths) where {worth} was paid for them on receipt "
                f"{name}, after all discounts and earlier returns: give back no more than that.",
            )
        if line.sum < least and short is None:
            short = NotReturnable(
                "less-than-paid",
                field,
                f"{line.sum} would be given back for {what} (thousandths) where {worth} was paid for them on receipt "
                f"{name}: give that back, or say in return_reason why it is less.",
            )
        taken = sold.book(parts, line.sum)
        request = replace(line.request, original_line=taken[0].line_no)
        found.append(replace(line, request=request, taxes=added_taxes(taken)))
    return tuple(found), short


def _named_alike(receipt: Receipt) -> None:
    """An article is found by line everywhere or by code everywhere, or two lines would claim the same pieces."""
    seen: dict[str, bool] = {}
    for at, line in enumerate(receipt.lines):
        named = line.request.original_line != 0
        if seen.setdefault(line.request.code, named) != named:
            raise NotReturnable(
                "ambiguous-line",
                f"lines[{at}].original_line",
                f"{line.request.code!r} comes back twice, once with its original_line and once without: name it in "
                "both lines or in neither.",
            )


def _parts(request: LineRequest, sold: Sold, name: str, where: str) -> list[Part]:
    """Return the pieces of the sale that this line takes back, of different sold lines. Raises NotReturnable."""
    lines = _named(request, sold, name, where) if request.original_line else _coded(request, sold, name, where)
    parts = fill(lines, request.quantity)
    left = sum(line.left for line in lines)
    if left < request.quantity:
        raise NotReturnable(
            "more-than-sold",
            f"{where}.quantity",
            f"{request.quantity} of {request.code!r} (thousandths) would be returned, more than was sold on receipt "
            f"{name} and not returned yet: {left} is left.",
        )
    return parts


def _named(request: LineRequest, sold: Sold, name: str, where: str) -> list[SoldLine]:
    line = sold.number(request.original_line)
    if line is None:
        raise NotReturnable(
            "not-sold",
            f"{where}.original_line",
            f"Receipt {name} has no line {request.original_line}: name one that it has.",
        )
    if line.code != request.code:
        raise NotReturnable(
            "not-sold",
            f"{where}.code",
            f"Line {request.original_line} of receipt {name} is {line.code!r}, not {request.code!r}.",
        )
    return _taxed_alike([line], request, name, where)


def _coded(request: LineRequest, sold: Sold, name: str, where: str) -> list[SoldLine]:
    lines = sold.code(request.code)
    if not lines:
        raise NotReturnable(
            "not-sold", f"{where}.code", f"{request.code!r} was not sold on receipt {name}: name what was."
        )
    return sold.like(_taxed_alike(lines, request, name, where)[0])


def _taxed_alike(lines: list[SoldLine], request: LineRequest, name: str, where: str) -> list[SoldLine]:
    """The lines that were sold in the tax group of the request (all of them where theirs is not known)."""
    keys = [line.group.key for line in lines if line.group is not None]
    if keys and request.tax_group not in keys:
        raise NotReturnable(
            "other-taxes",
            f"{where}.tax_group",
            f"{request.code!r} was sold in tax group {keys[0]!r} on receipt {name}, not {request.tax_group!r}: a "
            "return is made at the taxes of the day of sale.",
        )
    return [line for line in lines if line.group is None or line.group.key == request.tax_group]


def added_taxes(taken: Sequence[Taken]) -> tuple[TaxAmount, ...]:
    """The taxes of parts that are taxed alike, added up."""
    return tuple(
        replace(same[0], base=sum(tax.base for tax in same), amount=sum(tax.amount for tax in same))
        for same in zip(*(one.taxes for one in taken), strict=True)
    )
