"""Hands the update set over: an archive with the one file that an administrator imports, and what to do with it.

The file is the same for every connection and holds no secret: address and secret are system properties, which
``provision`` fills in where it may, and people by hand where not. No call takes such a file.
https://www.servicenow.com/docs/r/application-development/system-update-sets/t_LoadAnUpdateSetFromAnXMLFile.html
(read 2026-08)
"""

from __future__ import annotations

from deskpulse import __version__
from deskpulse.plugin_api import Bundle, ConfigurationError, Connection, pack_files
from deskpulse_servicenow import wanted
from deskpulse_servicenow.app import update_set
from deskpulse_servicenow.app.rules import check


def build(connection: Connection) -> Bundle:
    """The update set, ready to import. Raises ConfigurationError where ServiceNow could not load it."""
    content = update_set.build(__version__)
    if problems := check(content):
        raise ConfigurationError("The update set is damaged: " + " ".join(problems))
    name = f"deskpulse-servicenow-{__version__}"
    package = pack_files({f"{name}.xml": content})
    return Bundle(f"{name}.zip", package, entered(connection), steps(f"{name}.xml", connection.key))


def entered(connection: Connection) -> dict[str, str]:
    """The system properties without which nothing is called; the secret is made by the first ``provision``."""
    address = f"{connection.survey_base_url}/in/{connection.key}"
    found = {wanted.ADDRESS: address, wanted.SECRET: connection.secrets.get("signing_secret", "")}
    return {name: value for name, value in found.items() if value}


def steps(name: str, connection_key: str) -> tuple[str, ...]:
    """What an administrator of the instance does with it."""
    return (
        f"Unpack the archive: it holds {name}.",
        "In ServiceNow, as an administrator, elevate to the role security_admin (menu under your picture).",
        f"Open System Update Sets > Retrieved Update Sets, choose Import Update Set from XML, then {name}.",  # noqa: S608
        "Open the set DeskPulse in the list, select Preview Update Set, read its report, then Commit Update Set.",
        "Give the user that DeskPulse signs in as the roles itil and u_nps_integration, and the time zone GMT.",
        f"Run deskpulse connection provision {connection_key}: it fills in the system properties deskpulse.*.",
        "Where it says that it may not, enter those shown here by hand (sys_properties.list).",
        "Core UI: open an incident, Configure > Form Layout, and add the formatter DeskPulse feedback.",
        "Do the same for a requested item. The set does not touch your form layouts itself.",
        "Workspaces do not show formatters: add the columns NPS score and Caller > Last NPS score to the form view.",
        "To update, import the newer file in the same way: what was entered in the properties stays.",
    )
