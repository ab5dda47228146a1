"""The choices, access rules, roles and system properties that a new instance comes with."""

from __future__ import annotations

_TASK_STATES = {"1": "Open", "2": "Work in Progress", "3": "Closed Complete", "4": "Closed Incomplete"}

CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("task", "state"): {"-5": "Pending", **_TASK_STATES, "7": "Closed Skipped"},
    ("task", "priority"): {
        "1": "1 - Critical",
        "2": "2 - High",
        "3": "3 - Moderate",
        "4": "4 - Low",
        "5": "5 - Planning",
    },
    ("task", "contact_type"): {
        "email": "Email",
        "phone": "Phone",
        "self-service": "Self-service",
        "chat": "Chat",
        "walk-in": "Walk-in",
    },
    ("incident", "state"): {
        "1": "New",
        "2": "In Progress",
        "3": "On Hold",
        "6": "Resolved",
        "7": "Closed",
        "8": "Canceled",
    },
    ("incident", "category"): {
        "inquiry": "Inquiry / Help",
        "software": "Software",
        "hardware": "Hardware",
        "network": "Network",
        "database": "Database",
    },
    ("incident", "close_code"): {
        "Solved (Permanently)": "Solved (Permanently)",
        "Solved (Work Around)": "Solved (Work Around)",
        "Not Solved (Not Reproducible)": "Not Solved (Not Reproducible)",
    },
    ("sc_req_item", "stage"): {
        "request_approved": "Request Approved",
        "fulfillment": "Fulfillment",
        "complete": "Completed",
    },
}
"""Choice lists by table and column; a customer may change them, so they are rows like any other."""

CHOICES[("incident", "incident_state")] = CHOICES[("incident", "state")]

_ITIL = ("itil",)
_EVERYONE: tuple[str, ...] = ()

ACCESS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("task", "read write create", _ITIL),
    ("incident", "read write create", _ITIL),
    ("sc_request", "read write create", _ITIL),
    ("sc_req_item", "read write create", _ITIL),
    ("sys_user", "read", _EVERYONE),
    ("sys_user", "write create", ("user_admin",)),
    ("sys_user_group", "read", _EVERYONE),
    ("sys_user_group", "write create delete", ("user_admin",)),
    ("sys_user_grmember", "read", _EVERYONE),
    ("sys_user_grmember", "write create delete", ("user_admin",)),
    ("sys_user_group_type", "read", _EVERYONE),
    ("core_company", "read", _EVERYONE),
    ("cmn_department", "read", _EVERYONE),
    ("cmn_location", "read", _EVERYONE),
    ("sc_cat_item", "read", _EVERYONE),
    ("sys_choice", "read", _EVERYONE),
    ("sys_dictionary", "read", _ITIL),
    ("sys_dictionary", "write create", ("personalize_dictionary",)),
    ("sys_db_object", "read", _ITIL),
)
"""Table, operations, and the roles of which one is needed; none: anybody's will do. No rule: administrators only."""

FORM = (
    "number",
    "caller_id",
    "state",
    "assignment_group",
    "assigned_to",
    "short_description",
    "comments",
    "work_notes",
)
"""The fields on the default form of incidents, in their order."""

ROLES = ("admin", "itil", "user_admin", "personalize_dictionary", "personalize_choices")

STOCK_NOTIFICATION = {
    "name": "Incident commented for customer",
    "collection": "incident",
    "active": "false",
    "type": "email",
    "generation_type": "engine",
    "action_insert": "true",
    "action_update": "true",
    "condition": "commentsVALCHANGES",
    "recipient_fields": "caller_id",
    "subject": "${number} comments added",
    "message_html": "<p>${short_description}</p><pre>${comments}</pre>",
}
"""What is written to ``comments`` is mailed to the caller. Off, so that the sample's customers get surveys only."""

PROPERTIES = {
    "instance_name": "acme",
    "glide.sys.default.tz": "Europe/Berlin",
    "glide.sys.date_format": "yyyy-MM-dd",
    "glide.sys.time_format": "HH:mm:ss",
    "glide.invalid_query.returns_no_rows": "false",
    "glide.oauth.inbound.client.credential.grant_type.enabled": "false",
    "glide.businessrule.async_condition_check": "false",
    "glide.ui.autoclose.time": "7",
    "com.snc.incident.autoclose.basedon.resolved_at": "true",
    "glide.http.outbound.max_timeout": "30",
    "glide.http.outbound.max_timeout.enabled": "true",
}
"""System properties by name, as a new instance has them."""
