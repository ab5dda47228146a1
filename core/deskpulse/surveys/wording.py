"""The question and the ends of its scale: one wording, in the mail, on the page and wherever else it is asked."""

from __future__ import annotations

QUESTION = "How satisfied are you with the way we handled this?"
LOWEST, HIGHEST = "Not at all satisfied", "Extremely satisfied"
