"""Addresses that hang on nothing but where the application is mounted, kept: a page has dozens of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request, url_for


def address_of(endpoint: str, **values: str) -> str:
    """What ``url_for`` says, for one of DeskPulse's own pages or files."""
    return _address_of(endpoint, tuple(values.items()), request.script_root)


@lru_cache(maxsize=512)
def _address_of(endpoint: str, values: tuple[tuple[str, str], ...], _root: str) -> str:
    parameters: dict[str, Any] = dict(values)
    return url_for(endpoint, **parameters)
