"""Single values of a helpdesk's JSON, whatever stands there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import ident, mapping_of, moment, text, value_text

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@pytest.mark.parametrize(
    ("raw", "found"), [(205, "205"), ("205", "205"), ("", None), (None, None), (True, None), (1.5, None), ({}, None)]
)
def test_an_id_comes_as_a_number_or_as_text(raw: Any, found: str | None) -> None:
    assert ident(raw) == found


@pytest.mark.parametrize(("raw", "found"), [("Oslo", "Oslo"), ("", None), (None, None), (7, None), (["Oslo"], None)])
def test_text_or_none(raw: Any, found: str | None) -> None:
    assert text(raw) == found


@pytest.mark.parametrize(("raw", "found"), [({"a": 1}, {"a": 1}), (None, {}), ([], {}), ("a", {})])
def test_an_object_or_an_empty_one(raw: Any, found: dict[str, Any]) -> None:
    assert mapping_of(raw) == found


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-01T15:35:21Z",
        "2026-03-01T16:35:21+01:00",
        "2026-03-01T16:35:21.000+0100",
        "2026-03-01T15:35:21",
        "2026-03-01 15:35:21.000000999Z",
    ],
)
def test_a_moment_is_aware_and_in_utc(raw: str) -> None:
    found = moment(raw)
    assert found == datetime(2026, 3, 1, 15, 35, 21, tzinfo=UTC)
    assert found is not None
    assert found.tzinfo is UTC


@pytest.mark.parametrize("raw", [None, 7, "", "soon", "2026-13-01", "0001-01-01T00:00:00+14:00", {}])
def test_what_is_no_moment_is_none(raw: Any) -> None:
    assert moment(raw) is None


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ("Oslo", "Oslo"),
        (["a", None, "", ["b", 2]], "a, b, 2"),
        (None, ""),
        ({"value": "a"}, ""),
    ],
)
def test_a_fields_value_as_text(raw: Any, found: str) -> None:
    assert value_text(raw) == found


@given(ANYTHING)
def test_nothing_is_an_error(raw: Any) -> None:
    ident(raw)
    text(raw)
    mapping_of(raw)
    moment(raw)
    value_text(raw)
