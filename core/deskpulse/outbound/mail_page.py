"""The HTML of mail: pages made from MJML once per process; each mail only fills in its values, all escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from string import Template

from mjml import mjml2html

_ROW_STARTS = re.compile(r"(?=<(?:table|tr|td|div|p|img|meta|style)\b)")


def page(package: str, name: str, values: Mapping[str, str], **markup: str) -> str:
    """Fill in the page that lies in a package under that name, in ASCII and mostly short lines.

    ``values`` are escaped, ``markup`` is not.
    """
    escaped = {name: html.escape(value) for name, value in values.items()}
    filled = template(package, name).substitute(escaped, **markup)
    return filled.encode("ascii", "xmlcharrefreplace").decode("ascii")


@lru_cache
def template(package: str, name: str) -> Template:
    """A page's template, made from its MJML."""
    source = resources.files(package).joinpath(name).read_text("utf-8")
    return Template(_ROW_STARTS.sub("\n", mjml2html(source, fonts={})))
