"""JSON answers as helpdesks write them: compact, letters as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import Response


def json_response(
    body: object, status: int, headers: Mapping[str, str], content_type: str = "application/json; charset=utf-8"
) -> Response:
    """A JSON answer; neither body nor type for None."""
    response = Response(status=status, headers=dict(headers))
    if body is None:
        del response.headers["Content-Type"]
    else:
        response.set_data(json.dumps(body, separators=(",", ":"), ensure_ascii=False))
        response.content_type = content_type
    return response
