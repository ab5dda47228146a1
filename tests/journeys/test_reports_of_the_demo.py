"""Every display, dashboard and document of the demo in a real browser: filled, readable, quiet, and printable.

``new_page`` fails a test on any error in the console, any broken policy, and any request to another host.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from fixtures.browser import assert_accessible, assert_fits
from journeys.running import Demo
from journeys.test_pages import sign_in

pytestmark = pytest.mark.browser

DASHBOARDS = {
    "OVERVIEW": 3,
    "OVERVIEW&rgid=service-desk&month={month}": 3,
    "SRES": 0,
    "AGENTS": 1,
    "SEGMENTS": 2,
    "SEGMENTS&by=department": 0,
    "FACTORS": 1,
    "FIELDS": 1,
    "FIELDS&rows=project&columns=hour&from={first}": 1,
    "RATE": 2,
}
"""Addresses, and how many charts each draws."""
