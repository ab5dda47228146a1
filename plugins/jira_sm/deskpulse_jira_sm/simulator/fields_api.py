"""``/field`` and ``/screens``: custom fields, their choices, and the screens that let them be edited."""

from __future__ import annotations

from functools import partial
from typing import Any

from deskpulse_jira_sm.simulator.api import CONFIGURE, READ, Api, Call, Reply
from deskpulse_jira_sm.simulator.errors import invalid, not_found
from deskpulse_jira_sm.simulator.issues_api import see_task
from deskpulse_jira_sm.simulator.paging import page
from deskpulse_jira_sm.simulator.records import Field
from deskpulse_jira_sm.simulator.rendering import CHOICES, ORGANIZATIONS, REQUEST_TYPE
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.records import Json

CUSTOM = "com.atlassian.jira.plugin.system.customfieldtypes:"
TYPES: dict[str, tuple[str, str]] = {
    "float": ("number", "exactnumber"),
    "readonlyfield": ("string", "textsearcher"),
    "textfield": ("string", "textsearcher"),
    "textarea": ("string", "textsearcher"),
    "select": ("option", "multiselectsearcher"),
    "multiselect": ("array", "multiselectsearcher"),
    "radiobuttons": ("option", "multiselectsearcher"),
    "datetime": ("datetime", "datetimerange"),
    "datepicker": ("date", "daterange"),
    "grouppicker": ("group", "grouppickersearcher"),
    "url": ("string", "exacttextsearcher"),
}
SYSTEM = {
    "summary": "string", "status": "status", "resolution": "resolution", "reporter": "user", "assignee": "user",
    "project": "project", "issuetype": "issuetype", "components": "array", "labels": "array", "priority": "priority",
    "description": "string", "resolutiondate": "datetime", "statuscategorychangedate": "datetime",
    "created": "datetime", "updated": "datetime",
}  # fmt: skip
SCREEN, TAB = "10000", "10100"
_PLAIN_NAMES = {"project": "Project", "issuetype": "Issue Type", "statuscategorychangedate": "Status Category Changed"}


def add_routes(api: Api) -> None:
    """The endpoints. Fields and screens are for Jira administrators; listing fields is for everyone."""
    admin = partial(api.platform, scope=CONFIGURE, admin=True)
    api.platform("GET", "/field", every)
    api.platform("GET", "/field/search", search, scope=READ)
    admin("POST", "/field", create)
    admin("PUT", "/field/association", associate)
    admin("DELETE", "/field/<field>", delete)
    admin("DELETE", "/customFields", delete_several)
    api.platform("GET", "/task/<number>", task)
    admin("GET", "/field/<field>/context", contexts)
    admin("GET", "/field/<field>/context/<context>/option", options)
    admin("POST", "/field/<field>/context/<context>/option", add_options)
    admin("GET", "/screens", screens)
    admin("GET", "/screens/<screen>/tabs", tabs)
    admin("GET", "/screens/<screen>/tabs/<tab>/fields", screen_fields)
    admin("POST", "/screens/<screen>/tabs/<tab>/fields", add_to_screen)
    admin("POST", "/screens/addToDefault/<field>", add_to_default)


def make_field(site: Site, name: str, custom: str, searcher: str = "", description: str = "") -> Field:
    """Store a new custom field; nothing keeps two from having the same name."""
    field = Field(site.ids.number("customfield", 10100), name, custom, description, searcher)
    field.context = 10000 + field.number
    site.fields[field.id] = field
    return field


def field_json(field: Field) -> Json:
    """A custom field with its schema."""
    schema: Json = {"type": TYPES.get(field.short, ("any", ""))[0], "custom": field.custom, "customId": field.number}
    if field.custom == ORGANIZATIONS:
        schema |= {"type": "array", "items": "sd-customerorganization"}
    elif field.custom == REQUEST_TYPE:
        schema["type"] = "sd-customerrequesttype"
    elif field.short == "multiselect":
        schema["items"] = "option"
    return {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "untranslatedName": field.name,
        "custom": True,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{field.number}]", field.name],
        "schema": schema,
    }


def every(call: Call) -> list[Any]:
    """System fields and custom fields."""
    system = [
        {"id": name, "key": name, "name": _PLAIN_NAMES.get(name, name.capitalize()), "custom": False}
        | {"schema": {"type": kind, "system": name}}
        for name, kind in SYSTEM.items()
    ]
    return system + [field_json(field) for field in call.site.fields.values()]


def search(call: Call) -> Json:
    """Custom fields by pages, by a part of their name."""
    words, kinds = (call.arg("query") or "").lower(), call.names("type")
    ids = call.names("id")
    rows = [
        field
        for field in call.site.fields.values()
        if words in field.name.lower() and (not ids or field.id in ids) and (not kinds or "custom" in kinds)
    ]

    def shown(field: Field) -> Json:
        body = field_json(field)
        kept = {name: body[name] for name in ("id", "key", "name", "schema")}
        return kept | {"description": field.description, "searcherKey": field.searcher, "isLocked": False}

    return page(call, rows, shown)


def create(call: Call) -> Reply:
    """A new field at each call, whatever fields of that name there are."""
    body = call.body()
    name, kind = body.get("name"), str(body.get("type") or "")
    if not isinstance(name, str) or not name.strip():
        raise invalid(name="You must specify a name for the custom field.")
    if not kind.startswith(CUSTOM) or kind.removeprefix(CUSTOM) not in TYPES:
        raise invalid(fieldType="Invalid custom field type.")
    searcher = str(body.get("searcherKey") or "")
    wanted = TYPES[kind.removeprefix(CUSTOM)][1]
    if searcher and not searcher.endswith((wanted, "textsearcher", "numberrange")):
        raise invalid(searcher="Invalid custom field searcher.")
    field = make_field(call.site, name, kind, searcher, str(body.get("description") or ""))
    return Reply(field_json(field), 201)


def delete(call: Call, field: str) -> Reply:
    """Gone from screens and issues; 303 to the task that does it. Cloud only (api-group-issue-fields, read 2026-08)."""
    if call.site.server:
        raise not_found("HTTP 404 Not Found")
    _drop(call.site, _field(call, field))
    return see_task(call)


def delete_several(call: Call) -> Json:
    """``ids`` of fields to delete. Data Center only (its REST reference, ``customFields``)."""
    if not call.site.server:
        raise not_found("HTTP 404 Not Found")
    found = [call.site.fields[name] for name in call.names("ids") if name in call.site.fields]
    for field in found:
        _drop(call.site, field)
    return {"message": "", "deletedCustomFields": [field.id for field in found], "notDeletedCustomFields": {}}


def _drop(site: Site, field: Field) -> None:
    del site.fields[field.id]
    site.shared_screen = [name for name in site.shared_screen if name != field.id]
    for issue in site.issues.values():
        issue.custom.pop(field.id, None)


def task(call: Call, number: str) -> Json:
    """A long-running task: it is always done already."""
    return {"self": f"{call.base}{call.request.path}", "id": number, "status": "COMPLETE", "progress": 100}


def _field(call: Call, name: str) -> Field:
    found = call.site.fields.get(name)
    if found is None:
        raise not_found(f"The custom field '{name}' was not found.")
    return found


def associate(call: Call) -> Reply:
    """Fields to projects, which reaches every project that shares the configuration."""
    body = call.body()
    fields, contexts_ = body.get("fields") or [], body.get("associationContexts") or []
    if not 0 < len(fields) <= 50 or not 0 < len(contexts_) <= 100:
        raise invalid("Give up to 50 fields and up to 100 projects.")
    names = [_field(call, str(one.get("identifier"))).id for one in fields]
    projects = [call.site.project(str(one.get("identifier"))) for one in contexts_]
    if None in projects:
        raise not_found("One of the projects was not found.")
    if any(project and project.simplified for project in projects):
        raise invalid("Fields of team-managed projects are managed in the project's settings.")
    call.site.shared_screen += [name for name in names if name not in call.site.shared_screen]
    return Reply(None, 204)


def contexts(call: Call, field: str) -> Json:
    """A field's contexts: one, for all projects."""
    found = _field(call, field)
    row = {"id": str(found.context), "name": f"Default context for {found.name}", "isGlobalContext": True}
    return page(call, [row], lambda one: one | {"isAnyIssueType": True, "description": ""})


def _choices(call: Call, field: str, context: str) -> Field:
    found = _field(call, field)
    if str(found.context) != context:
        raise not_found(f"The context '{context}' was not found.")
    if found.short not in CHOICES:
        raise invalid(f"The custom field '{field}' does not support options.")
    return found


def _option(row: tuple[str, str]) -> Json:
    return {"id": row[0], "value": row[1], "disabled": False}


def options(call: Call, field: str, context: str) -> Json:
    """A select field's choices."""
    return page(call, list(_choices(call, field, context).options.items()), _option, most=100)


def add_options(call: Call, field: str, context: str) -> Json:
    """More choices; one that exists already is refused."""
    found = _choices(call, field, context)
    values = [str(one.get("value")) for one in call.body().get("options") or ()]
    if not values or set(values) & set(found.options.values()) or len(set(values)) < len(values):
        raise invalid("The option values must be given, and be unique.")
    new = {str(call.site.ids.number("option")): value for value in values}
    found.options |= new
    return {"options": [_option(row) for row in new.items()]}


def screens(call: Call) -> Json:
    """The one screen that all company-managed projects share."""
    row = {"id": int(SCREEN), "name": "JSM: Jira Service Management Create/View/Edit Screen", "description": ""}
    return page(call, [row], lambda one: one, most=100, usual=100)


def _screen(screen: str, tab: str = TAB) -> None:
    if screen != SCREEN or tab != TAB:
        raise not_found("The screen or screen tab was not found.")


def tabs(call: Call, screen: str) -> list[Any]:
    """A screen's tabs."""
    _ = call
    _screen(screen)
    return [{"id": int(TAB), "name": "Field Tab"}]


def screen_fields(call: Call, screen: str, tab: str) -> list[Any]:
    """What is on a tab."""
    _screen(screen, tab)
    return [{"id": name, "name": call.site.fields[name].name} for name in call.site.shared_screen]


def add_to_screen(call: Call, screen: str, tab: str) -> Json:
    """Put a field on a tab; 400 when it is there already."""
    _screen(screen, tab)
    return _put_on_screen(call, _field(call, str(call.body().get("fieldId"))))


def add_to_default(call: Call, field: str) -> Json:
    """Put a field on the default tab of the default screen."""
    return _put_on_screen(call, _field(call, field))


def _put_on_screen(call: Call, field: Field) -> Json:
    if field.id in call.site.shared_screen:
        raise invalid(fieldId=f"The field with id '{field.id}' already exists on the screen.")
    call.site.shared_screen.append(field.id)
    return {"id": field.id, "name": field.name}
