"""A client from outside this project works against the simulator."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pysnow
import pytest
import requests


@pytest.fixture
def client(account: Any) -> Any:
    user, password = account.session.auth
    return pysnow.Client(host=urlsplit(account.base).netloc, user=user, password=password, use_ssl=False)


def test_it_creates_reads_and_updates(client: Any, account: Any) -> None:
    incidents = client.resource(api_path="/table/incident")
    made = incidents.create(
        payload={"short_description": "By pysnow", "caller_id": account.user("ann@customer.example")}
    )
    assert made["number"] == "INC0010008"
    found = incidents.get(query={"number": made["number"]}, stream=False).one()
    assert found["short_description"] == "By pysnow"
    assert found["caller_id"]["value"] == account.user("ann@customer.example")
    incidents.update(query={"sys_id": made["sys_id"]}, payload={"priority": "1"})
    assert account.one("incident", made["sys_id"])["priority"] == "1"
    with pytest.raises(pysnow.exceptions.NoResults):
        incidents.get(query={"number": "INC9999999"}, stream=False).one()


def test_it_queries_and_pages(client: Any) -> None:
    incidents = client.resource(api_path="/table/incident")
    query = pysnow.QueryBuilder().field("state").equals(["2", "6"]).AND().field("number").order_ascending()
    numbers = [row["number"] for row in incidents.get(query=query, fields=["number"], stream=False).all()]
    assert numbers == sorted(numbers)
    assert len(numbers) == 5
    paged = []
    for offset in range(0, 6, 2):
        page = incidents.get(query=query, fields=["number"], limit=2, offset=offset, stream=False)
        paged += [row["number"] for row in page.all()]
    assert paged == numbers


def test_it_hears_of_refusals(client: Any, account: Any) -> None:
    closed = client.resource(api_path="/table/incident")
    answer = closed.update(query={"sys_id": account.id("Old")}, payload={"priority": "1"})
    with pytest.raises(requests.HTTPError, match="403"):
        answer.one()
