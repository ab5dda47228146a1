"""Somebody with a browser and patience reads every gauge and every league table, and subtracts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import product
from random import Random

import pytest
from flask.testing import FlaskClient

from fixtures.answers import Answers
from fixtures.attacker import Attacker

FIRST, SECOND = ("BER", "LIS", ""), ("FIN", "")
BANDS = {"n": range(11), "promoters": (9, 10), "passives": (7, 8), "detractors": range(7)}
Cell = tuple[str, str, str]
Cells = dict[Cell, list[int]]


@pytest.fixture(params=range(2))
def cells(request: pytest.FixtureRequest, tree: dict[str, int], answer: Answers) -> Cells:
    """Few and many answers in every corner of the organisation."""
    chance, made = Random(request.param), {}
    for cell in product([*tree, ""], FIRST, SECOND):
        group, first, second = cell
        n = chance.choice((0, 0, 1, 2, 3, 4, 6, 9, 14))
        made[cell] = answered = [chance.choice((0, 5, 7, 8, 9, 10)) for _ in range(n)]
        answer(*answered, group_id=tree.get(group), segment1=first or None, segment2=second or None)
    return made


def below(code: str, shape: dict[str, str]) -> set[str]:
    return {code}.union(*(below(child, shape) for child, parent in shape.items() if parent == code))


def questions(shape: dict[str, str]) -> Iterator[tuple[dict[str, str], set[str], tuple[str, ...], tuple[str, ...]]]:
    """Every address of a gauge, with the groups and the segment values that it is about."""
    places: list[tuple[dict[str, str], set[str]]] = [({}, {*shape, ""}), ({"rgid": "NONE"}, {""})]
    for code in shape:
        places += [({"rgid": code}, below(code, shape)), ({"rgid": code, "combine": "n"}, {code})]
    firsts = [({}, FIRST), *(({"sgid": code or "NONE"}, (code,)) for code in FIRST)]
    seconds = [({}, SECOND), *(({"sgid2": code or "NONE"}, (code,)) for code in SECOND)]
    for (place, groups), (one, first), (other, second) in product(places, firsts, seconds):
        yield place | one | other, groups, first, second


def numbers(text: str) -> dict[str, int] | None:
    """What a gauge tells: nothing, or its n and its counts by band."""
    if "not enough answers yet" in text:
        assert not re.search(r"n = \d", text)
        return None
    if "no responses" in text:
        return dict.fromkeys(BANDS, 0)
    found = {name: int(number) for number, name in re.findall(r"(\d+) (promoter|passive|detractor)", text)}
    n = re.search(r"n = (\d+)", text)
    assert n
    return {"n": int(n[1])} | {f"{name}s": number for name, number in found.items()}


def test_nothing_withheld_can_be_had_from_all_that_is_shown(
    client: FlaskClient, opened: str, shape: dict[str, str], cells: Cells
) -> None:
    attackers = {name: Attacker() for name in BANDS}
    withheld, shown = [], 0
    for asked, groups, first, second in questions(shape):
        told = numbers(client.get("/gauge", query_string={"cpc": opened} | asked).text)
        held = [cell for cell in cells if cell[0] in groups and cell[1] in first and cell[2] in second]
        n = sum(len(cells[cell]) for cell in held)
        if told is None:
            assert n
            withheld.append((asked, held))
            continue
        shown += 1
        assert not 0 < n < 5
        for name, scores in BANDS.items():
            assert told[name] == sum(score in scores for cell in held for score in cells[cell])
            attackers[name].learn(held, told[name])
            for cell in held if n == 0 else ():
                attackers[name].learn([cell], 0)
    assert min(shown, len(withheld)) > 20
    for name, attacker in attackers.items():
        assert [asked for asked, held in withheld if attacker.works_out(held) is not None] == [], name


TABLES = (
    "",
    "combine=n",
    "segment=1",
    "segment=2",
    "rgid=infra",
    "rgid=net&segment=1",
    "sgid=BER",
    "combine=n&sgid2=FIN",
)


def test_league_tables_tell_nothing_that_no_gauge_tells(
    client: FlaskClient, opened: str, shape: dict[str, str], cells: Cells
) -> None:
    """So that whoever cannot learn anything from the gauges cannot learn anything from the tables either."""
    gauges = set()
    for asked, *_ in questions(shape):
        told = numbers(client.get("/gauge", query_string={"cpc": opened} | asked).text)
        gauges |= {told["n"]} if told else set()
    withheld = 0
    for table, page in product(TABLES, "12"):
        text = unescape(client.get(f"/league-table?cpc={opened}&{table}&page={page}").text)
        assert {int(n) for n in re.findall(r"n = (\d+)", text)} <= gauges
        for rows in re.findall(r'<tbody class="withheld">.*?</tr>(.*?)</tbody>', text, re.DOTALL):
            withheld += 1
            assert not re.search(r">[^<]*\d", rows)
    assert withheld > 2
