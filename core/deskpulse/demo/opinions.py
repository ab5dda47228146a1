"""What the sample's customers think of how they were helped, and which of it they say."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from deskpulse.scoring.bands import Band, band_of

LIKED: Mapping[str, float] = {"Walk-up Bar": 0.86, "Network": 0.5, "HR Systems": 0.58, "Travel and Expenses": 0.66}
USUAL = 0.74
"""Share of promoters among those who were helped at once, by whoever they had asked."""
TURNED: Mapping[str, float] = {"Network": 0.22, "Finance Systems": -0.18}
"""What became of that share in the last weeks."""
LATELY, LONG = timedelta(days=31), timedelta(hours=36)
A_HANDOVER, A_LONG_WAIT, PASSIVE = 0.12, 0.2, 0.24
SILENT = 0.45
"""Share of those who leave no comment."""
VOICES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "reply": (("A reply within minutes, on a Monday!",), ("Half a day without any sign of life.",)),
    "speed": (("Solved on the first call.", "Quick and friendly, thank you!"), ("Three days for a small thing.",)),
    "result": (("It works, and it stays that way.",), ("Closed without asking me whether it works. It does not.",
                                                      "Still broken on Mondays.")),
    "skill": (("She knew at once what was wrong.",), ("I had to find the answer myself.",)),
    "understanding": (("Finally somebody who listens.",), ("That was not my question.",)),
    "updates": (("I always knew where things stood.",), ("Three days without any update.", "I had to chase twice.")),
    "clarity": (("She explained what had gone wrong.", "Très bien expliqué, merci !"), ("Too many abbreviations.",)),
    "courtesy": (("Great follow-up the next day.",), ("A little short with me.",)),
    "ownership": (("One person from start to end.",), ("I had to explain everything again to each person.",)),
    "ease": (("One form and it was done.",), ("Nobody could tell me where to ask.",)),
}  # fmt: skip
"""What is said about each experience factor, by those whom it pleased and by the others."""
PLEASING = {"speed": 5, "courtesy": 5, "result": 4, "skill": 3, "reply": 3, "clarity": 2, "ease": 2, "updates": 1}
ANNOYING = {"updates": 4, "result": 4, "understanding": 2, "reply": 2, "clarity": 1, "ease": 1, "skill": 1}


@dataclass(frozen=True, slots=True)
class Help:
    """How somebody was helped: by which group, how long it took, how often the ticket changed hands, how long ago."""

    group: str
    took: timedelta
    handovers: int
    ago: timedelta


@dataclass(frozen=True, slots=True)
class Opinion:
    """What they answer."""

    score: int
    factors: tuple[str, ...]
    comment: str


def opinion(rng: random.Random, of: Help) -> Opinion:
    """Somebody's answer; slow help and many hands are liked less, and blamed for just that."""
    liked = LIKED.get(of.group, USUAL) + (TURNED.get(of.group, 0.0) if of.ago < LATELY else 0.0)
    liked -= A_HANDOVER * of.handovers + (A_LONG_WAIT if of.took > LONG else 0.0)
    draw = rng.random()
    if draw < liked:
        score = rng.choice((9, 10, 10))
    else:
        score = rng.choice((7, 8, 8)) if draw < liked + PASSIVE else rng.choice((0, 1, 2, 3, 4, 5, 5, 6, 6, 6))
    factors = _factors(rng, of, score)
    return Opinion(score, factors, _comment(rng, score, factors))


def _factors(rng: random.Random, of: Help, score: int) -> tuple[str, ...]:
    if band_of(score) is Band.PROMOTER:
        weights = {**PLEASING, "ownership": 0 if of.handovers else 2, "speed": 1 if of.took > LONG else 5}
    else:
        weights = {**ANNOYING, "ownership": 6 * min(of.handovers, 2), "speed": 8 if of.took > LONG else 1}
    ticked = rng.choices(list(weights), list(weights.values()), k=rng.choice((0, 1, 1, 2, 2, 3)))
    return tuple(dict.fromkeys(ticked))


def _comment(rng: random.Random, score: int, factors: tuple[str, ...]) -> str:
    if not factors or rng.random() < SILENT:
        return ""
    praise, blame = VOICES[factors[0]]
    if band_of(score) is Band.PROMOTER:
        return rng.choice(praise)
    return rng.choice(blame) if band_of(score) is Band.DETRACTOR else f"Fine in the end. {rng.choice(blame)}"
