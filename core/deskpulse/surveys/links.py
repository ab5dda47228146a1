"""Survey links that a helpdesk builds into its own mail: ``/?tc=ts&cpc=&tid=&rgid=...``, signed or not.

Parameter names are those of CIOPulse and keep their meaning, so that an organisation that moves over only changes the
host. ``tid`` names the ticket, ``rgid`` the support group, ``agid`` the agent, ``cid`` the customer, ``sgid1`` (alias
``sgid``) and ``sgid2`` the segments, ``sc`` the survey's style. ``hd`` is ours: the number of the connection that the
ticket belongs to, since two helpdesks may use one number.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import quote

SURVEY = {"tc": "ts"}
ABOUT = ("hd", "tid", "rgid", "agid", "cid", "sgid1", "sgid2", "lost")
"""What makes two links different. ``lost`` stands in for a ticket that the link fails to name."""
ADDED = frozenset({"score", "discard", "lost"})
"""Parameters that may be added to a signed link without breaking its signature."""
LONGEST_VALUE, MOST_PARAMETERS = 200, 40


class BadLink(Exception):
    """The link cannot be used; the message says why, for the person who built it."""


class BadSignature(BadLink):
    """The link's signature is wrong, or missing where the organisation demands one."""


def sign(key: str, parameters: Mapping[str, str]) -> str:
    """The signature of a link: HMAC-SHA256, in hex, over the sorted parameters without ``sig``."""
    named = sorted((name, value) for name, value in parameters.items() if name != "sig")
    text = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in named)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_signed(key: str, parameters: Mapping[str, str]) -> bool:
    """Whether the link's ``sig`` is right, with or without the parameters that may be added to it."""
    given = parameters["sig"].lower().encode()
    before = {name: value for name, value in parameters.items() if name not in ADDED}
    return any(hmac.compare_digest(sign(key, signed).encode(), given) for signed in (parameters, before))


def build(base_url: str, code: str, parameters: Mapping[str, str], key: str | None = None) -> str:
    """A link to the survey about one ticket of the organisation with that code, signed where a key is given."""
    named = {**SURVEY, "cpc": code, **{name: value for name, value in parameters.items() if value}}
    if key is not None:
        named["sig"] = sign(key, named)
    return f"{base_url}/?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in named.items())


def template(base_url: str, code: str, placeholders: Mapping[str, str]) -> str:
    """An unsigned link with the helpdesk's own placeholders as values, which the helpdesk fills in."""
    named = {**SURVEY, "cpc": quote(code, safe=""), **placeholders}
    return f"{base_url}/?" + "&".join(f"{name}={value}" for name, value in named.items())


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a link as it arrived: ``&amp;`` damage and the alias undone, blanks trimmed.

    The first of several values with one name counts. Raises BadLink for what no helpdesk would build.
    """
    parameters: dict[str, str] = {}
    for name, value in pairs:
        while name.startswith("amp;"):
            name = name.removeprefix("amp;")  # noqa: PLW2901 - that is the repair
        if len(parameters) >= MOST_PARAMETERS or len(name) > LONGEST_VALUE or len(value) > LONGEST_VALUE:
            raise BadLink("The link is too long.")
        if "\0" in name or "\0" in value:
            raise BadLink("The link holds a character that cannot be.")
        parameters.setdefault(name, value.strip())
    return parameters


def meaning(parameters: Mapping[str, str]) -> dict[str, str]:
    """What the link is about: only the names that matter, and those only where they have a value."""
    aliased = {**parameters, "sgid1": parameters.get("sgid1") or parameters.get("sgid", "")}
    return {name: aliased[name] for name in ABOUT if aliased.get(name)}


def names_ticket(parameters: Mapping[str, str]) -> bool:
    """Whether the link names a ticket."""
    return is_filled(parameters.get("tid", ""))


def helpdesk(parameters: Mapping[str, str]) -> int | None:
    """The connection that the link says its ticket belongs to; None where it names none."""
    number = parameters.get("hd", "")
    return int(number) if number.isdecimal() and number.isascii() and len(number) < 10 else None


def is_filled(value: str) -> bool:
    """Whether a parameter says something; a placeholder that nobody filled in does not."""
    return bool(value) and not set(value) & set("{}")


def name(organisation_id: int, entrance: str, parameters: Mapping[str, str]) -> str:
    """What the ledger calls this link: equal links have one ledger, in whatever order their parameters come."""
    about = sorted(meaning(parameters).items())
    text = repr((organisation_id, entrance, about))
    return f"{entrance}-{hashlib.sha256(text.encode()).hexdigest()}"
