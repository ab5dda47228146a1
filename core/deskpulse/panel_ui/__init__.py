"""The front end of the panel beside a ticket, which every helpdesk's sidebar app shows in a frame.

The files lie in one folder and load each other by name. A plug-in adds ``panel.js``, the small module that knows the
helpdesk: it calls ``startPanel`` of ``sidebar.js``, which says what it needs.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template

PAGE = "panel.html"


def panel_assets(product: str, sdk: str = "") -> Mapping[str, bytes]:
    """The panel's files by name: the page ``panel.html``, its style and its modules.

    ``product`` is what the helpdesk is called on screen. ``sdk`` is the address of the vendor's own script, which the
    page loads before ``panel.js``; left empty, the page loads none.
    """
    assets = {entry.name: entry.read_bytes() for entry in files("deskpulse.panel_ui").joinpath("assets").iterdir()}
    script = f'<script src="{html.escape(sdk)}"></script>' if sdk else ""
    page = Template(assets[PAGE].decode()).substitute(product=html.escape(product), sdk=script)
    assets[PAGE] = "".join(line for line in page.splitlines(keepends=True) if line.strip()).encode()
    named = f"export const product = {json.dumps(product)};\n"
    assets["product.js"] = f"// What the helpdesk is called on screen.\n\n{named}".encode()
    return assets
