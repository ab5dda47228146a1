"""Documents set by Typst, from templates of this package and data that is never read as markup.

Fonts come with the installation, so that a document looks the same everywhere and prints every script. Documents are
tagged as PDF/UA-1 (ISO 14289-1) for people who listen to them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    import typst

HOUSE = "house.typ"
"""What every template has in common."""
TAGGED = "ua-1"
FONTS = ("manimgx_fonts", "manimgx_fonts_cjk")
log = structlog.get_logger(__name__)


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF that a template makes of its data, which it finds in ``data`` of the house.

    PDF/UA allows no character without a glyph. Where somebody wrote one that no font has, the document is set without
    that promise: still tagged, with a box in the character's place.

    Raises typst.TypstError where template and data do not fit.
    """
    import typst  # noqa: PLC0415 - only processes that print load it

    sources = {"main": _source(template), HOUSE: _source(HOUSE)}
    inputs = {"data": json.dumps(data)}
    try:
        made = typst.compile(
            sources, font_paths=_fonts(), sys_inputs=inputs, format="pdf", pdf_standards=[TAGGED]
        )
    except typst.TypstError as error:
        log.info("document without PDF/UA", template=template, problem=error.message)
        made = typst.compile(sources, font_paths=_fonts(), sys_inputs=inputs, format="pdf")
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    import typst  # noqa: PLC0415 - see above

    folders = [str(resources.files(package)) for package in FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@cache
def _source(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()
