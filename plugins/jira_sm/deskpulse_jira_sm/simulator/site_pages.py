"""What a site tells to anybody: its cloud id, its version. And the gateway's paths, which lead to the same site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint, Response

from deskpulse_jira_sm.simulator.api import Api, Call, error_response, json_response
from deskpulse_jira_sm.simulator.auth import GATEWAY
from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.times import stamp
from deskpulse_simulation.records import Json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Gateway:
    """Serves ``/ex/jira/{cloudId}/...`` as the site's own paths, marked as having come that way."""

    def __init__(self, inner: WSGIApplication, site: Site) -> None:
        self._inner = inner
        self._site = site

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith("/ex/jira/"):
            cloud, slash, rest = path.removeprefix("/ex/jira/").partition("/")
            if self._site.server or cloud != self._site.cloud_id:
                error = ApiError(404, body={"code": 404, "message": "Not Found"})
                return json_response(error.body, error.status, error.headers)(environ, start_response)
            environ["PATH_INFO"] = slash + rest
            environ[GATEWAY] = True
        return self._inner(environ, start_response)


def add_routes(api: Api) -> None:
    """``serverInfo``."""
    api.platform("GET", "/serverInfo", server_info, anonymous=True)


def server_info(call: Call) -> Json:
    """Version and kind of deployment, told to anybody."""
    numbers = [10, 3, 5] if call.site.server else [1001, 0, 0]
    version = ".".join(map(str, numbers)) if call.site.server else "1001.0.0-SNAPSHOT"
    return {
        "baseUrl": call.site.base_url,
        "version": version,
        "versionNumbers": numbers,
        "deploymentType": "Server" if call.site.server else "Cloud",
        "buildNumber": 100_305,
        "serverTime": stamp(call.site.now()),
        "serverTitle": "Jira",
        "defaultLocale": {"locale": "en_GB"},
    }


def blueprint(site: Site) -> Blueprint:
    """``_edge/tenant_info``, on Cloud."""
    pages = Blueprint("site", __name__)

    @pages.get("/_edge/tenant_info")
    def tenant_info() -> Response:
        if site.server:
            return error_response(ApiError(404, "Not Found"))
        return json_response({"cloudId": site.cloud_id}, 200, {})

    return pages
