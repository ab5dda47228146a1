"""The tables and columns that a new instance comes with.

One line per column: element, type, label. ``reference>sys_user`` is a reference to that table, ``list>sys_user`` a
comma list of its sys_ids. Only what an ITSM integration meets is here; an update set adds to it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StockTable:
    """One table: ``columns`` are the lines of its own columns, inherited ones are not repeated."""

    name: str
    label: str
    columns: str = ""
    parent: str = ""
    prefix: str = ""
    """What its record numbers start with."""


SYSTEM_COLUMNS = (
    ("sys_id", "GUID", "Sys ID"),
    ("sys_created_on", "glide_date_time", "Created"),
    ("sys_created_by", "string", "Created by"),
    ("sys_updated_on", "glide_date_time", "Updated"),
    ("sys_updated_by", "string", "Updated by"),
    ("sys_mod_count", "integer", "Updates"),
)
"""Element, type and label of what every table has, also one made later."""

_TASK = """
number string Number
short_description string Short description
description string Description
state integer State
active boolean Active
opened_at glide_date_time Opened
opened_by reference>sys_user Opened by
assigned_to reference>sys_user Assigned to
assignment_group reference>sys_user_group Assignment group
company reference>core_company Company
location reference>cmn_location Location
closed_at glide_date_time Closed
closed_by reference>sys_user Closed by
close_notes string Close notes
contact_type string Contact type
priority integer Priority
work_notes journal_input Work notes
comments journal_input Additional comments
correlation_id string Correlation ID
correlation_display string Correlation display
parent reference>task Parent
sys_class_name sys_class_name Task type
sys_domain domain_id Domain
"""

_INCIDENT = """
incident_state integer Incident state
caller_id reference>sys_user Caller
close_code string Resolution code
resolved_at glide_date_time Resolved
resolved_by reference>sys_user Resolved by
reopen_count integer Reopen count
reopened_time glide_date_time Last reopened at
category string Category
subcategory string Subcategory
"""

_ITEM = """
request reference>sc_request Request
cat_item reference>sc_cat_item Item
requested_for reference>sys_user Requested for
stage string Stage
"""

_USER = """
user_name string User ID
name string Name
first_name string First name
last_name string Last name
email email Email
phone string Business phone
active boolean Active
locked_out boolean Locked out
vip boolean VIP
company reference>core_company Company
department reference>cmn_department Department
location reference>cmn_location Location
manager reference>sys_user Manager
time_zone string Time zone
date_format string Date format
preferred_language string Language
user_password password User password
web_service_access_only boolean Web service access only
internal_integration_user boolean Internal integration user
"""

_GROUP = """
name string Name
description string Description
email email Group email
manager reference>sys_user Manager
parent reference>sys_user_group Parent
type list>sys_user_group_type Type
active boolean Active
"""

_SCRIPT = """
name string Name
collection string Table
when string When
order integer Order
active boolean Active
advanced boolean Advanced
action_insert boolean Insert
action_update boolean Update
action_delete boolean Delete
action_query boolean Query
filter_condition conditions Filter conditions
condition string Condition
script script Script
abort_action boolean Abort action
access string Accessible from
description string Description
"""

_NOTIFICATION = """
name string Name
collection string Table
active boolean Active
generation_type string Send when
action_insert boolean Inserted
action_update boolean Updated
event_name string Event name
event_parm_1 boolean Event parm 1 contains recipient
event_parm_2 boolean Event parm 2 contains recipient
condition conditions Conditions
advanced_condition script Advanced condition
recipient_fields string Users/Groups in fields
recipient_users list>sys_user Users
recipient_groups list>sys_user_group Groups
send_self boolean Send to event creator
subject string Subject
message_html html Message HTML
message_text string Message text
message string Message
content_type string Content type
from string From
reply_to string Reply to
type string Type
category string Category
weight integer Weight
"""

TABLES = (
    StockTable("task", "Task", _TASK, prefix="TASK"),
    StockTable("incident", "Incident", _INCIDENT, "task", "INC"),
    StockTable("sc_request", "Request", "requested_for reference>sys_user Requested for", "task", "REQ"),
    StockTable("sc_req_item", "Requested Item", _ITEM, "task", "RITM"),
    StockTable("sc_cat_item", "Catalog Item", "name string Name\nactive boolean Active"),
    StockTable("sys_user", "User", _USER),
    StockTable("sys_user_group", "Group", _GROUP),
    StockTable("sys_user_group_type", "Group Type", "name string Name\ndescription string Description"),
    StockTable(
        "sys_user_grmember", "Group Member", "user reference>sys_user User\ngroup reference>sys_user_group Group"
    ),
    StockTable("sys_user_role", "Role", "name string Name\ndescription string Description\nsuffix string Suffix"),
    StockTable("sys_user_has_role", "User Role", "user reference>sys_user User\nrole reference>sys_user_role Role"),
    StockTable("core_company", "Company", "name string Name\ncustomer boolean Customer"),
    StockTable("cmn_department", "Department", "name string Name\nid string ID"),
    StockTable("cmn_location", "Location", "name string Name\nfull_name string Full name\ncity string City"),
    StockTable(
        "sys_choice",
        "Choice",
        "name string Table\nelement string Element\nvalue string Value\nlabel string Label\nsequence integer Sequence\n"
        "inactive boolean Inactive\nlanguage string Language",
    ),
    StockTable(
        "sys_journal_field",
        "Journal Entry",
        "name string Name\nelement string Element\nelement_id string Element ID\nvalue string Value",
    ),
    StockTable(
        "sys_properties",
        "System Property",
        "name string Name\nvalue string Value\ntype string Type\ndescription string Description\n"
        "is_private boolean Private\nignore_cache boolean Ignore cache\nread_roles string Read roles\n"
        "write_roles string Write roles\nsuffix string Suffix\nchoices string Choices",
    ),
    StockTable(
        "sys_db_object",
        "Table",
        "name string Name\nlabel string Label\nsuper_class reference>sys_db_object Extends table\n"
        "is_extendable boolean Extensible\nws_access boolean Allow access to this table via web services\n"
        "access string Accessible from\nread_access boolean Can read\ncreate_access boolean Can create\n"
        "update_access boolean Can update\ndelete_access boolean Can delete\n"
        "number_ref string Auto number\nuser_role reference>sys_user_role User role\n"
        "create_access_controls boolean Create access controls",
    ),
    StockTable(
        "sys_dictionary",
        "Dictionary Entry",
        "name string Table\nelement string Column name\ncolumn_label string Column label\ninternal_type string Type\n"
        "max_length integer Max length\nreference string Reference\nactive boolean Active\n"
        "mandatory boolean Mandatory\nread_only boolean Read only\ndefault_value string Default value\n"
        "choice integer Choice\ndisplay boolean Display\nattributes string Attributes\ncomments string Comments\n"
        "unique boolean Unique\narray boolean Array\nprimary boolean Primary\nvirtual boolean Calculated",
    ),
    StockTable(
        "sys_documentation",
        "Field Label",
        "name string Table\nelement string Element\nlabel string Label\nplural string Plural\n"
        "language string Language\nhint string Hint\nhelp string Help\nurl string URL",
    ),
    StockTable("sys_script", "Business Rule", _SCRIPT),
    StockTable(
        "sys_script_include",
        "Script Include",
        "name string Name\napi_name string API name\nscript script Script\nactive boolean Active\n"
        "access string Accessible from\nclient_callable boolean Client callable\ndescription string Description",
    ),
    StockTable(
        "sysauto_script",
        "Scheduled Script Execution",
        "name string Name\nactive boolean Active\nscript script Script\nrun_type string Run\n"
        "run_period glide_duration Repeat interval\nrun_start glide_date_time Starting\nrun_time string Time\n"
        "run_as reference>sys_user Run as\nconditional boolean Conditional\ncondition script Condition",
    ),
    StockTable("sysevent_email_action", "Notification", _NOTIFICATION),
    StockTable(
        "sys_script_email",
        "Email Script",
        "name string Name\nactive boolean Active\nscript script Script\nnew_lines_to_html boolean Newlines to HTML",
    ),
    StockTable(
        "sysevent_register",
        "Event Registration",
        "event_name string Event name\ntable string Table\ndescription string Description\nfired_by string Fired by\n"
        "queue string Queue",
    ),
    StockTable(
        "sys_ui_macro", "Macro", "name string Name\nactive boolean Active\nxml xml XML\ndescription string Description"
    ),
    StockTable(
        "sys_ui_formatter",
        "UI Formatter",
        "name string Name\nformatter string Formatter\ntable string Table\ntype string Type\nactive boolean Active",
    ),
    StockTable("sys_ui_section", "Form Section", "name string Table\nview string View\ncaption string Caption"),
    StockTable(
        "sys_ui_element",
        "Form Element",
        "sys_ui_section reference>sys_ui_section Section\nelement string Element\nposition integer Position\n"
        "type string Type\nsys_ui_formatter reference>sys_ui_formatter Formatter",
    ),
    StockTable(
        "sys_rest_message",
        "REST Message",
        "name string Name\nrest_endpoint string Endpoint\nauthentication_type string Authentication type\n"
        "access string Accessible from",
    ),
    StockTable(
        "sys_rest_message_fn",
        "HTTP Method",
        "rest_message reference>sys_rest_message REST Message\nfunction_name string Name\n"
        "http_method string HTTP method\nrest_endpoint string Endpoint\ncontent string Content",
    ),
    StockTable(
        "sys_security_acl",
        "Access Control",
        "name string Name\noperation string Operation\ntype string Type\nactive boolean Active\n"
        "admin_overrides boolean Admin overrides\nadvanced boolean Advanced\ncondition conditions Condition\n"
        "script script Script\ndescription string Description",
    ),
    StockTable(
        "sys_security_acl_role",
        "Access Roles",
        "sys_security_acl reference>sys_security_acl Access control\nsys_user_role reference>sys_user_role Role",
    ),
    StockTable(
        "sys_rate_limit_rules", "Rate Limit Rule", "name string Name\nactive boolean Active\nlimit integer Limit"
    ),
)
