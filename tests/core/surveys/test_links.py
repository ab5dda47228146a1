"""Building, signing and reading links of the helpdesk."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deskpulse.surveys import links

VALUES = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
PARAMETERS = some.dictionaries(some.sampled_from(["tid", "rgid", "agid", "cid", "sgid1", "x"]), VALUES.map(str.strip))


def arrived(link: str) -> dict[str, str]:
    return links.read(parse_qsl(urlsplit(link).query, keep_blank_values=True))


@given(PARAMETERS, some.integers(0, 10))
def test_what_is_built_is_read_and_its_signature_holds(parameters: dict[str, str], score: int) -> None:
    link = links.build("https://x.example", "code", parameters, "key")
    found = arrived(link)
    assert {name: value for name, value in parameters.items() if value}.items() <= found.items()
    assert links.is_signed("key", found)
    assert links.is_signed("key", arrived(f"{link}&score={score}&discard"))
    assert links.is_signed("key", arrived(link.replace("&", "&amp;")))
    assert not links.is_signed("other", found)
    assert not links.is_signed("key", found | {"tid": found.get("tid", "") + "0"})
    assert not links.is_signed("key", found | {"more": ""})


def test_the_signature_is_what_any_program_can_make() -> None:
    parameters = {"tid": "a b/ü", "cpc": "c", "sig": "ignored"}
    text = b"cpc=c&tid=a%20b%2F%C3%BC"
    assert links.sign("key", parameters) == hmac.new(b"key", text, hashlib.sha256).hexdigest()


def test_a_template_leaves_placeholders_alone() -> None:
    link = links.template("https://x.example", "code", {"tid": "{{ticket.id}}", "rgid": "{{ticket.group.id}}"})
    assert link == "https://x.example/?tc=ts&cpc=code&tid={{ticket.id}}&rgid={{ticket.group.id}}"


def test_names_hang_on_the_meaning_alone() -> None:
    one = links.name(1, "signed", {"tid": "1", "rgid": "A", "sgid": "B", "sc": "x", "utm": "y"})
    assert one == links.name(1, "signed", {"rgid": "A", "sgid1": "B", "tid": "1"})
    assert one != links.name(2, "signed", {"rgid": "A", "sgid1": "B", "tid": "1"})
    assert one != links.name(1, "unsigned", {"rgid": "A", "sgid1": "B", "tid": "1"})
    assert one != links.name(1, "signed", {"rgid": "A", "sgid1": "B", "tid": "2"})


@pytest.mark.parametrize("wrong", [[("tid", "x" * 201)], [("tid", "\0")], [(str(n), "") for n in range(41)]])
def test_what_no_helpdesk_builds(wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(links.BadLink):
        links.read(wrong)
