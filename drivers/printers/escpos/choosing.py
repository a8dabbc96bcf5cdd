"""When the printer has said who it is: profile and configuration become the means that jobs are written with."""

from __future__ import annotations

import logging
from typing import Final, Literal

from drivers.printers import alphabets
from drivers.printers.escpos import profiles
from drivers.printers.escpos.identity import Identity
from drivers.printers.escpos.means import CodePage, Knife, Means
from drivers.printers.escpos.profiles import Profile
from drivers.printers.escpos.settings import EscPosSettings
from drivers.printers.picture import dots_of

log = logging.getLogger(__name__)

#: Of pages that are equally good, what is likely to be right on most printers.
_PREFERRED: Final = ("cp1251", "cp1125", "cp1254", "cp866", "cp852", "cp437")


def profile_of(identity: Identity, settings: EscPosSettings) -> Profile:
    """The configured profile, else that of the model. Raises ValueError for a configured one that does not exist."""
    return profiles.named(settings.profile) if settings.profile else profiles.find(identity)


def page_of(profile: Profile, languages: tuple[str, ...]) -> CodePage | None:
    """The one page of this printer with the fewest letters missing; None when its pages are not known."""

    def rank(codec: str) -> tuple[tuple[int, ...], int]:
        place = _PREFERRED.index(codec) if codec in _PREFERRED else len(_PREFERRED)
        return alphabets.missing(codec, languages), place

    best = min(profile.pages, key=rank, default=None)
    return None if best is None else CodePage(best, profile.pages[best])


def means_of(profile: Profile, settings: EscPosSettings) -> Means:
    """What the configuration names, else what the profile says, else what every printer has."""
    wide = dots_of(settings.columns)
    return Means(
        page=settings.page or page_of(profile, settings.languages),
        knife=settings.knife or Knife(cut=profile.cut),
        dots=min(wide, profile.dots or wide),
        draws=profile.raster,
        band=settings.band,
        missing=settings.missing,
        qr=_own(settings.qr, known=profile.qr),
        barcodes=_own(settings.barcodes, known=profile.barcodes),
    )


def _own(wish: Literal["auto", "native", "drawn"], *, known: bool) -> bool:
    return known if wish == "auto" else wish == "native"


def tell(identity: Identity, profile: Profile, means: Means, settings: EscPosSettings) -> None:
    """One log line: who it is, what was chosen for it, and what to do where that is a makeshift."""
    chosen = f"profile {profile.name}" if profile.name else "no profile"
    text = f"page {means.page.number} ({means.page.encoding})" if means.page else "ASCII, other letters drawn"
    codes = f"QR codes {'its own' if means.qr else 'drawn'}, bar codes {'its own' if means.barcodes else 'drawn'}"
    log.info(
        "%s is %s: %s, %s, %s",
        settings.role,
        identity,
        chosen,
        text,
        codes,
        extra={"kind": "device-known", "device": settings.role},
    )
    for sentence in advice(profile, means, settings):
        log.warning("%s: %s", settings.role, sentence, extra={"kind": "device-advice", "device": settings.role})


def advice(profile: Profile, means: Means, settings: EscPosSettings) -> list[str]:
    """What a technician should do, one sentence each."""
    found = []
    if means.page is None:
        found.append(
            "its code pages are not known, so every line with other letters than A to Z is drawn, which is slow; print "
            "`firmware-bridge printer codepages` and put encoding and page into the configuration"
        )
    elif settings.languages and alphabets.missing(means.page.encoding, settings.languages[:1])[0]:
        found.append(
            f"its page {means.page.number} ({means.page.encoding}) lacks letters of the language "
            f"{settings.languages[0]!r}; such lines are {'drawn' if means.draws_letters else 'printed with others'}"
        )
    if 0 < profile.columns < settings.columns and 0 < profile.dots < dots_of(settings.columns):
        found.append(
            f"the profile {profile.name} has {profile.columns} columns and the configuration says {settings.columns}; "
            "if lines break on the paper, correct the configuration"
        )
    return found
