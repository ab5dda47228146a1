"""The names of a new plug-in: one word is entered, and everything else is derived from it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Collection
from dataclasses import dataclass

from deskpulse.errors import ConfigurationError

LONGEST_NAME, LONGEST_LABEL = 20, 24
"""Characters: with longer ones the skeleton's lines would not fit."""
NAME = re.compile(rf"[a-z][a-z0-9_]{{1,{LONGEST_NAME - 1}}}")
LABEL = re.compile(rf"[\w][\w .+'-]{{0,{LONGEST_LABEL - 1}}}")


@dataclass(frozen=True, slots=True)
class Names:
    """``name`` is the kind of helpdesk, as in ``help_scout``; ``label`` is what people call it."""

    name: str
    label: str

    @property
    def dashed(self) -> str:
        """The name as it stands in the names of distributions, hosts and files."""
        return self.name.replace("_", "-")

    @property
    def distribution(self) -> str:
        """What is installed, and the folder that it is written in."""
        return f"deskpulse-{self.dashed}"

    @property
    def package(self) -> str:
        """What is imported."""
        return f"deskpulse_{self.name}"

    @property
    def replacements(self) -> tuple[tuple[str, str], ...]:
        """What the worked example says, and what the skeleton says instead; the longer first."""
        words = self.name.split("_")
        return (
            ("deskpulse.testing.fake_helpdesk", self.package),
            ("The Fake helpdesk's", f"{self.label}'s"),
            ("the Fake helpdesk", self.label),
            ("The Fake helpdesk", self.label),
            ("a Fake account", "an account"),
            ("Fake helpdesk", self.label),
            ("Fake Ltd", "Example Ltd"),
            ("FakeSimulator", "".join(map(str.capitalize, words)) + "Simulator"),
            ("X-Fake-", f"X-{'-'.join(map(str.capitalize, words))}-"),
            ("fake-helpdesk.example", f"{self.dashed}.example"),
            ("TestFake", "Test" + "".join(map(str.capitalize, words))),
            ("FAKE", self.name[:4].strip("_").upper()),
            ("fake-", f"{self.dashed}-"),
            ("-fake", f"-{self.dashed}"),
            ('"fake"', f'"{self.name}"'),
            ("fake = ", f"{self.name} = "),
        )


def choose(name: str, label: str | None = None, taken: Collection[str] = ()) -> Names:
    """The names derived from what was entered. Raises ConfigurationError, saying what is wrong with it."""
    if not NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} will not do as a name: 2 to {LONGEST_NAME} lower-case letters, digits or underscores, "
            "beginning with a letter, such as help_scout."
        )
    label = label if label is not None else name.replace("_", " ").title()
    if not LABEL.fullmatch(label):
        raise ConfigurationError(f"{label!r} will not do as a label: at most {LONGEST_LABEL} letters, as in a title.")
    if name in taken or importlib.util.find_spec(f"deskpulse_{name}") is not None:
        raise ConfigurationError(f"The name {name!r} is taken: a package deskpulse_{name} is installed.")
    return Names(name, label)
