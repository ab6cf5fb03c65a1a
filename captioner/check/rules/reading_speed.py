"""Rules about reading: characters a second, words a minute."""

from __future__ import annotations

from collections.abc import Iterator

from captioner.check.context import CheckContext
from captioner.check.definitions import Finding

__all__ = ["cps", "cps_low", "cps_optimal", "wpm"]

SLOW_CPS = 3  # characters a second, for more than
FEW_WORDS = 3
SLOW_MS = 4000  # so long: captioner's own measure


def cps(context: CheckContext) -> Iterator[Finding]:
    """R01: faster than the speed aimed for; above the hard limit it is an error."""
    for each in context.cues:
        speed, style = round(each.cps, 1), each.style
        if speed > style.cps:
            level = "error" if speed > style.cps_hard else ""
            hard = f", {style.cps_hard:g} is the most" if level else ""
            message = f"{speed:.1f} characters a second, {style.cps:g} aimed for{hard}"
            yield Finding(each.index, speed, style.cps, message, level)


def cps_optimal(context: CheckContext) -> Iterator[Finding]:
    """R02: faster than the comfortable speed of the style."""
    for each in context.cues:
        limit = each.style.cps_optimal
        if limit and limit < each.cps <= each.style.cps:
            yield Finding(
                each.index, round(each.cps, 1), limit, f"{each.cps:.1f} characters a second, {limit:g} preferred"
            )


def wpm(context: CheckContext) -> Iterator[Finding]:
    """R03: too many words a minute; captions of up to three words are not measured."""
    for each in context.cues:
        limit, hard = each.style.wpm, each.style.wpm_hard
        if limit and each.words > FEW_WORDS and each.wpm > limit:
            level = "error" if hard and each.wpm > hard else ""
            yield Finding(each.index, round(each.wpm), limit, f"{each.wpm:.0f} words a minute, {limit} wanted", level)


def cps_low(context: CheckContext) -> Iterator[Finding]:
    """R04: much slower than it could be read."""
    for each in context.cues:
        if 0 < each.cps < SLOW_CPS and each.lasts_ms > SLOW_MS:
            message = f"{each.cps:.1f} characters a second for {each.lasts_ms / 1000:.1f} s"
            yield Finding(each.index, round(each.cps, 1), SLOW_CPS, message)
