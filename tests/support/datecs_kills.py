"""Real processes, really killed: a till, a simulated fiscal printer behind a pty, and a stranger who reads its memory.

The stranger knows what was asked for (every document has a sum of its own) and what was acknowledged, and believes the
device's fiscal memory only, which outlives its process in a file. `python -m tests.support.datecs_kills [KILLS] [SEED]`
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from firmware_bridge.progress import QUIET, Progress, on_terminal
from firmware_bridge.rehearsal import Cashier, Rehearsal, TillProcess
from tests.support.datecs_bench import LETTERS, configured
from tests.support.datecs_process import RegisterProcess
from tests.support.device_desk import write
from tests.support.processes import card, cash, line, until

Json = dict[str, Any]
What = Literal["sale", "mixed", "return", "cash_in", "z"]
WHATS: tuple[What, ...] = ("sale", "mixed", "return", "cash_in", "z")
Victim = Literal["till", "device", "both", "till while it asks"]
VICTIMS: tuple[Victim, ...] = ("till", "device", "both", "till while it asks")
MARKETS = {"bg": "BG", "c": "BG", "x": "BG", "ua": "UA", "mk": "MK", "sy55": "MK"}
_PATHS = {"sale": "/v1/sales", "mixed": "/v1/sales", "return": "/v1/returns", "cash_in": "/v1/cash"}
_LONGEST_S = 3.0


@dataclass(slots=True)
class Wish:
    """One document that was asked for. `end`: what the till acknowledged, "made" or "refused"."""

    what: What
    body: Json
    amount: int
    victim: str = "nobody"
    end: str = ""
    person: bool = False


@dataclass(slots=True)
class Shop:
    """A till and a fiscal printer that lose their power again and again."""

    at: Rehearsal
    register: RegisterProcess
    till: TillProcess
    cashier: Cashier
    chance: random.Random
    wishes: list[Wish] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    closures: int = 0
    openings: int = 0
    retries: int = 0
    told: list[str] = field(default_factory=list)

    # --- wishes ---------------------------------------------------------------------------------------------------

    def wish(self, what: What) -> Wish:
        """A document whose sum no other one has."""
        sold = self._sold() if what == "return" else None
        number = len(self.wishes)
        amount = 10_000 + number * 7
        name = f"{what}-{number}"
        body: Json = {"id": name}
        if what in ("sale", "mixed"):
            paid = [card(4000), cash(amount - 4000)] if what == "mixed" else [cash(amount)]
            body |= {"lines": [line("Товар", amount - 3000), line("Хліб", 3000)], "payments": paid}
        elif sold is not None:
            amount = sold.amount
            body |= {"lines": sold.body["lines"], "payments": [cash(amount)], "original": {"id": sold.body["id"]}}
        elif what == "cash_in":
            body |= {"type": "add_to_float", "amount": amount}
        made = Wish(what, body, amount)
        self.wishes.append(made)
        return made

    def _sold(self) -> Wish:
        """A sale that may come back; the device may just be coming back itself, and refuse."""
        while (sale := self.done(self.wish("sale"))).end != "made":
            self.ready()
        return sale

    def done(self, wish: Wish) -> Wish:
        """Ask until there is an answer, always with the same id, as a careful cash desk program does."""
        until(lambda: self._answered(wish), f"an answer about {wish.body['id']}", within=60)
        if wish.what == "z" and wish.end == "made":
            self.closures += 1
            self.open_shift()
        elif wish.what == "z":  # the closing waits for somebody to try again
            self.ready()
            self.done(self.wish("z"))
        return wish

    def _answered(self, wish: Wish) -> bool:
        path = _PATHS.get(wish.what, "/v1/shifts/current/close")
        status, answer = self.cashier.try_post(path, wish.body, wait=2)
        if status in (200, 201):
            wish.end = "made"
            return True
        refused = status == 409 and answer.get("outcome") == "refused"
        view = answer["document"] if refused else self.cashier.try_get(f"/v1/receipts/{wish.body['id']}")
        if view is not None and view["state"] == "paid_unfiscalised":
            self._again(wish)
        elif refused:
            wish.end = "refused"
        elif view is not None and view["person_needed"]:
            wish.person, wish.end = True, "a person is asked"
            self.told.append(f"{wish.body['id']} (killed: {wish.victim}): {view}")
        return bool(wish.end)

    def _again(self, wish: Wish) -> None:
        """Its card was charged before it was refused: it is tried again until it is lawful."""
        self.ready()
        self.retries += 1
        self.cashier.try_post(f"/v1/receipts/{wish.body['id']}/retry", {"id": f"again-{self.retries}"})

    def open_shift(self) -> None:
        """With a new id each time: the device may just be coming back, and what was refused stays refused."""
        until(self._opened, "the shift to be open", within=60)

    def _opened(self) -> bool:
        self.ready()
        self.openings += 1
        body = {"id": f"shift-{self.openings}", "float_amount": self.register.do("status")["cash"]}
        return self.cashier.try_post("/v1/shifts", body)[0] in (200, 201)

    # --- kills ----------------------------------------------------------------------------------------------------

    def ready(self) -> None:
        """Wait until the till has found its device."""

        def found() -> bool:
            status = self.cashier.try_get("/v1/status")
            return status is not None and status["printer"]["state"] == "ready"

        until(found, "the fiscal printer to be ready", within=60)

    def killed(self, what: What, victim: Victim) -> None:
        """One document, its victim killed somewhere in the middle of it, and what comes of it in the end."""
        self.ready()
        wish = self.wish(what)
        wish.victim = victim
        path = _PATHS.get(what, "/v1/shifts/current/close")
        asking = threading.Thread(target=self.cashier.try_post, args=(path, wish.body), kwargs={"wait": 5})
        asking.start()
        asking.join(self.chance.uniform(0.0, self._usual(what)))  # not to synchronise: the moment is drawn at random
        if victim in ("till", "both", "till while it asks"):
            self.till.kill()
            self.kills["till"] += 1
        if victim in ("device", "both"):
            self.register.kill()
            self.kills["device"] += 1
        asking.join()
        if victim in ("device", "both"):
            self.register.start()
        if victim != "device":
            self.till.start()
        if victim == "till while it asks":
            time.sleep(self.chance.uniform(0.0, 0.3))  # likewise: somewhere in the middle of its questions
            self.till.kill()
            self.kills["till"] += 1
            self.till.start()
        self.done(wish)

    def _usual(self, what: What) -> float:
        return 0.25 if what == "cash_in" else 0.6

    # --- the stranger ---------------------------------------------------------------------------------------------

    def sins(self) -> Iterator[str]:
        """Compare the device's memory with what was asked for and acknowledged."""
        books = self.register.do("books")
        fiscal = Counter((one["kind"], one["total"]) for one in books["fiscal"])
        moved = Counter(_amount_of(one) for one in books["journal"] if one["kind"] == "cash_in")
        for wish in self.wishes:
            if wish.what == "z":
                continue
            kind = "return" if wish.what == "return" else "sale"
            count = moved[wish.amount] if wish.what == "cash_in" else fiscal[kind, wish.amount]
            if count > 1:
                yield f"{wish.body['id']} was made {count} times (killed: {wish.victim})"
            if wish.end == "made" and count != 1:
                yield f"{wish.body['id']} was acknowledged and is {count} times in the memory (killed: {wish.victim})"
            if wish.end == "refused" and count:
                yield f"{wish.body['id']} was refused and is in the memory all the same (killed: {wish.victim})"
            if not wish.end:
                yield f"{wish.body['id']} never had an answer (killed: {wish.victim})"
        if len(books["closures"]) != self.closures:
            yield f"{len(books['closures'])} Z reports, {self.closures} were acknowledged"
        if books["open_receipt"]:
            yield "a receipt was left open"

    @property
    def persons(self) -> int:
        return sum(wish.person for wish in self.wishes)


def _amount_of(document: Json) -> int:
    """The sum on a cash slip, in minor units, as it stands on its paper."""
    words = [row.split()[-1] for row in document["lines"] if row.split() and row.split()[-1].count(".") == 1]
    return next(int(word.replace(".", "")) for word in words if word.replace(".", "").isdigit())


@contextmanager
def shop(folder: Path, dialect: str, seed: int, speed: float = 8.0) -> Iterator[Shop]:
    """A till whose shift is open, before a fiscal printer of this dialect; no process is left behind."""
    register = RegisterProcess(folder, dialect, speed)
    try:
        section = f'[fiscaliser.datecs]\nport = "serial:{register.link}"\ndialect = "{dialect}"\n'
        at = write(folder, section, letter=LETTERS[dialect], market=MARKETS[dialect])
        rate = configured(dialect).rates["a"]  # the one that the device is programmed with
        at.config.write_text(at.config.read_text("utf-8").replace("rate = 2000", f"rate = {rate}"), "utf-8")
        with TillProcess(at) as till:
            found = Shop(at, register, till, Cashier(till, at.token), random.Random(seed))
            found.open_shift()
            yield found
    finally:
        register.close()


@dataclass(slots=True)
class Result:
    """Of one shop. `documents`: all that were asked for."""

    documents: int = 0
    persons: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    sins: list[str] = field(default_factory=list)


def play(folder: Path, dialect: str, seed: int, kills: int, progress: Progress = QUIET) -> Result:
    """So many kills and a few more."""
    with shop(folder, dialect, seed) as found:
        rounds = 0
        progress.begin(f"killing beside a {dialect}", kills, "kills")
        while found.kills.total() < kills:
            what, victim = WHATS[rounds % len(WHATS)], found.chance.choice(VICTIMS)
            found.killed(what, victim)
            rounds += 1
            progress.at(found.kills.total())
        progress.close()
        sys.stderr.write("".join(f"{one}\n" for one in found.told))
        return Result(len(found.wishes), found.persons, found.kills, list(found.sins()))


def main(words: list[str]) -> int:
    kills = int(words[0]) if words else 216
    seed = int(words[1]) if len(words) > 1 else random.SystemRandom().getrandbits(32)
    head = "| device | documents | till killed | device killed | person needed | wrong |"
    out = [f"seed {seed}", head, "|" + " --- |" * 6]
    wrong: list[str] = []
    for dialect in MARKETS:
        with tempfile.TemporaryDirectory(prefix="kills-") as folder:
            chance, share = random.Random(f"{seed} {dialect}").getrandbits(32), -(-kills // len(MARKETS))
            with on_terminal() as progress, progress.pulse():
                found = play(Path(folder), dialect, chance, share, progress)
        figures = (found.documents, found.kills["till"], found.kills["device"], found.persons, len(found.sins))
        out.append(" | ".join(["| " + dialect, *map(str, figures)]) + " |")
        wrong += [f"{dialect}: {sin}" for sin in found.sins]
        sys.stdout.write("\n".join(out) + "\n")
        out = []
    sys.stdout.write("\n".join([*wrong, ""]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
