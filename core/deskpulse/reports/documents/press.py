"""The press: a process of its own that sets one document, read from its standard input, and ends.

The typesetter keeps whatever it has set for the sake of editors, which set nearly the same again and again. In a server
that would be 400 MB more with each large report, never given back; and its letters are loaded here only.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import Final

import typst

TEMPLATES = Path(__file__).parent
FONTS = ("manimgx_fonts", "manimgx_fonts_cjk")
FOR_EVERYBODY: Final = "ua-1"


def main() -> None:
    """Read template and data as JSON, write the PDF; leave with the typesetter's words where it cannot."""
    order = json.load(sys.stdin)
    try:
        sys.stdout.buffer.write(_set(order["template"], json.dumps(order["data"])))
    except typst.TypstError as error:
        sys.exit(error.message)


def _set(template: str, data: str) -> bytes:
    """As PDF/UA-1, or, where a character has no glyph in any font, without that promise: tagged all the same."""
    folders = [str(resources.files(package)) for package in FONTS]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    source, inputs = TEMPLATES / template, {"data": data}
    try:
        return typst.compile(
            source, root=TEMPLATES, font_paths=fonts, sys_inputs=inputs, format="pdf", pdf_standards=FOR_EVERYBODY
        )
    except typst.TypstError:
        return typst.compile(source, root=TEMPLATES, font_paths=fonts, sys_inputs=inputs, format="pdf")


if __name__ == "__main__":
    main()
