"""Documents set by Typst, from templates of this package and data that is never read as markup.

Fonts come with the installation, so that a document looks the same everywhere and prints every script. Documents are
tagged as PDF/UA-1 (ISO 14289-1) for people who listen to them. Where somebody wrote a character that no font has, which
PDF/UA does not allow, a box stands in its place and the document does not claim to be PDF/UA.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from threading import Lock
from typing import Any

PRESS = (sys.executable, "-P", "-m", "deskpulse.reports.documents.press")
LONGEST = 120
"""Seconds that a document may take."""
_one_at_a_time = Lock()


class NotSet(Exception):
    """A document could not be set: template and data do not fit, or it took too long."""


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF that a template makes of its data, which it finds as ``data`` in ``house.typ``. Raises NotSet.

    One at a time in each process, as a large one takes some hundred MB while it is made.
    """
    order = json.dumps({"template": template, "data": data}).encode()
    with _one_at_a_time:
        try:
            done = subprocess.run(PRESS, input=order, capture_output=True, timeout=LONGEST, check=False)  # noqa: S603 - our own
        except subprocess.TimeoutExpired:
            raise NotSet(f"{template}: took longer than {LONGEST} s") from None
    if done.returncode != 0:
        raise NotSet(f"{template}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
