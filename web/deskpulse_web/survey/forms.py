"""What a customer's form said: read with patience, since an answer must not be lost over its form."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request

from deskpulse.surveys import answers
from deskpulse.surveys.entrances import Given
from deskpulse.surveys.ledger import Answer

SCORE = re.compile(r"[0-9]|10")
LONGEST_NONCE = 64


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it is shown: empty, pre-selected by the link, or as it was filled in."""

    score: int | None = None
    factors: tuple[str, ...] = ()
    comment: str = ""
    contact_wanted: bool = False

    @classmethod
    def of(cls, given: Given | None, score: int | None) -> Draft:
        """What was answered before, under the score that the link carries."""
        if given is None:
            return cls(score)
        chosen = given.score if score is None else score
        return cls(chosen, tuple(given.factors), given.comment, given.contact_wanted)

    def answer(self) -> Answer | None:
        """The answer, or None where the score is missing."""
        if self.score is None:
            return None
        return answers.answer_of(self.score, self.factors, self.comment, contact_wanted=self.contact_wanted)


def score_in_link() -> int | None:
    """The score of the number that was chosen in the mail."""
    return _score([value for name, value in request.args.items(multi=True) if name.split("amp;")[-1] == "score"])


def draft() -> Draft:
    """What was filled in. Raises RequestEntityTooLarge."""
    form = request.form
    return Draft(
        score=_score(form.getlist("score")),
        factors=tuple(form.getlist("factor")),
        comment=form.get("comment", ""),
        contact_wanted="contact" in form,
    )


def nonce() -> str:
    """The nonce that the form carries."""
    return request.form.get("nonce", "")[:LONGEST_NONCE]


def is_scripted() -> bool:
    """Whether our script ran on the page."""
    return bool(request.form.get("scripted"))


def is_activated() -> bool:
    """Whether our script saw a person's gesture."""
    return bool(request.form.get("activated"))


def _score(values: list[str]) -> int | None:
    chosen = {value.strip() for value in values}
    value = chosen.pop() if len(chosen) == 1 else ""
    return int(value) if SCORE.fullmatch(value) else None
