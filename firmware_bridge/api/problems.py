"""On a sale's way back: every "no" of the API as one RFC 9457 problem document.

`type` is stable and meant for programs, `detail` is one sentence for a person, `outcome` says what happened:
none = nothing, the id is free; refused = accepted first, then it did not happen; doubtful = ask again with
the same id before anything is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec
from aiohttp import web

from firmware_bridge.logs import mask_patterns, safe
from firmware_bridge.validation import Fault
from statemachines.vocabulary.commands import Refusal

URN = "urn:firmware-bridge:problem:"
_TOKEN_NEEDED: Final = 401
ProblemOutcome = Literal["none", "refused", "doubtful"]

# slug: (status, title). Refusals of the rules that are not listed are conflicts with the till's state: 409.
PROBLEMS: dict[str, tuple[int, str]] = {
    # the guard
    "bad-request": (400, "The request is malformed"),
    "misdirected": (421, "This is not the host you asked for"),
    "origin-refused": (403, "This web page may not call the till"),
    "token-needed": (401, "A bearer token is needed"),
    "role-refused": (403, "Your role may not do this"),
    "approval-refused": (403, "This is no manager's approval"),
    "wrong-pin": (401, "Name or PIN is wrong"),
    "no-pins": (503, "PINs cannot be compared"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This method is not possible here"),
    "json-needed": (415, "The body must be JSON"),
    "too-large": (413, "The body is too large"),
    "too-slow": (408, "The body did not arrive in time"),
    "too-many": (503, "Too many connections"),
    "too-many-tries": (429, "Too many wrong tries"),
    "too-much": (429, "Too much at once"),
    "internal": (500, "The till failed"),
    # the content
    "bad-json": (400, "The body is not valid JSON"),
    "bad-id": (400, "The id of the command is missing or wrong"),
    "bad-query": (400, "The query is wrong"),
    "invalid": (422, "The content is not valid"),
    "id-reused": (409, "This id belongs to another command"),
    # the rules
    "unknown-drawer": (422, "There is no such drawer"),
    "unknown-original": (422, "The original sale is not known"),
    "unknown-receipt": (404, "There is no such receipt"),
    "no-paper": (404, "There is no paper of this here"),
    "unknown-count": (404, "There is no such count"),
    "unknown-book": (404, "There is no such book"),
    "unknown-device": (404, "There is no such device"),
    "unknown-reason": (422, "This reason is not on the shop's list"),
    "needs-manager": (403, "A manager must approve this"),
    "too-many-copies": (403, "A manager must approve this"),
    "needs-reason": (422, "A reason is needed"),
    "other-means": (422, "The money must go back as it was paid"),
    "other-currency": (422, "The currency is another one"),
    "not-sold": (422, "This was not sold"),
    "nothing-to-fiscalise": (422, "There is nothing to fiscalise"),
    "not-a-return": (422, "This is no return"),
    "exchanged": (409, "This return was exchanged already"),
    "more-than-sold": (422, "More would be returned than was sold"),
    "not-enough-cash": (409, "There is not enough cash in the drawer"),
    "shift-closed": (409, "No shift is open"),
    "shift-open": (409, "A shift is open already"),
    "shift-opening": (409, "The shift is being opened"),
    "shift-closing": (409, "The shift is being closed"),
    "shift-expired": (409, "The shift is at its end"),
    "not-closing": (409, "No shift is being closed"),
    "called-off": (409, "The closing of the shift was called off"),
    "too-late": (409, "It is too late for this"),
    "drafts": (409, "A document is not finished"),
    "drawer-active": (409, "The drawer is active already"),
    "drawer-not-active": (409, "The drawer is not active"),
    "drawer-with-shift": (409, "The drawer's day goes with the shift"),
    "drawer-counted": (409, "The drawer was counted for the end of the day"),
    "not-your-drawer": (403, "This cashier may not use the drawer"),
    "count-open": (409, "The drawer is being counted"),
    "count-over": (409, "This count is over"),
    "not-counted": (409, "The drawer must be counted first"),
    "not-recorded": (409, "Nothing was counted yet"),
    "recount-asked": (409, "It is to be counted again already"),
    "no-printer": (409, "This till has no printer"),
    "printed-already": (409, "This was printed already"),
    "not-a-sale": (422, "This is no sale"),
    "printer-not-ready": (409, "The receipt printer is not ready"),
    "busy": (409, "The till is busy with another document"),
    "in-doubt": (409, "Another document is in doubt"),
    "no-doubt": (409, "Nothing is in doubt"),
    "fiscal-offline": (409, "The register cannot be reached"),
    "fiscal-draining": (409, "What was sold without the register is being handed over"),
    "fiscal-jammed": (409, "The register takes nothing any more"),
    "offline-limit": (409, "The register has been off line for too long"),
    "offline-codes": (409, "Too few codes are left for selling without the register"),
    "returns-offline": (409, "Returns need the register"),
    "clock-untrusted": (409, "Nobody knows what time it is"),
    "not-complete": (409, "The document's paper is not complete yet"),
    "no-copies": (409, "The register makes no copies"),
    "not-jammed": (409, "The register is not jammed"),
    "unknown-document": (422, "This is not the document that is meant"),
    "nothing-to-give-up": (409, "This cannot be given up"),
    "outbox-refused": (409, "This record is not in that state"),
    "outbox-busy": (409, "The outbox is busy"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem document; `more` are further members (RFC 9457, section 3.2), `headers` go with the response."""

    slug: str
    detail: str
    outcome: ProblemOutcome = "none"
    errors: tuple[Fault, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return PROBLEMS.get(self.slug, (409, ""))[0]

    def document(self) -> dict[str, Any]:
        title = PROBLEMS.get(self.slug, (409, "The till refused"))[1]
        document: dict[str, Any] = {
            "type": URN + self.slug,
            "title": title,
            "status": self.status,
            "detail": clean(self.detail),
            "outcome": self.outcome,
        }
        if self.errors:
            document["errors"] = [{"field": clean(fault.path), "text": clean(fault.alone())} for fault in self.errors]
        return {**document, **self.more}

    def response(self) -> web.Response:
        challenge = {"WWW-Authenticate": "Bearer"} if self.status == _TOKEN_NEEDED else {}  # RFC 9110, section 15.5.2
        return web.Response(
            body=msgspec.json.encode(self.document()),
            status=self.status,
            content_type="application/problem+json",
            headers={**challenge, **self.headers},
        )


class ProblemError(Exception):
    """Raised anywhere below the guard to end a request with `problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def clean(text: str) -> str:
    """Make text from outside fit for a person's screen: nothing a terminal obeys, no card number, bounded."""
    return safe(mask_patterns(text if len(text) <= 1000 else text[:1000] + "…"))


def of_refusal(refusal: Refusal, outcome: ProblemOutcome, more: Mapping[str, Any] | None = None) -> Problem:
    """Return the problem for a refusal of the rules. Once accepted (`refused`) it is always a conflict, 409."""
    slug = refusal.code.replace("_", "-")
    if outcome == "refused":
        return _Refused(slug, refusal.text, outcome, more=more or {})
    errors = (Fault(refusal.field, refusal.text),) if refusal.field else ()
    return Problem(slug, refusal.text, outcome, errors=errors, more=more or {})


class _Refused(Problem):
    """A command that was accepted and then did not happen."""

    __slots__ = ()

    @property
    def status(self) -> int:
        return 409
