"""The two workflows: that of company-managed service projects, and that of team-managed ones without resolutions."""

from __future__ import annotations

from deskpulse_jira_sm.simulator.records import DONE, INDETERMINATE, NEW, Project, Status, Transition

WAITING, IN_PROGRESS, RESOLVED, CLOSED, CANCELED = "10000", "3", "5", "6", "10002"
STATUSES = (
    Status(WAITING, "Waiting for support", NEW),
    Status(IN_PROGRESS, "In Progress", INDETERMINATE),
    Status("10001", "Waiting for customer", INDETERMINATE),
    Status(RESOLVED, "Resolved", DONE),
    Status(CLOSED, "Closed", DONE, editable=False),
    Status(CANCELED, "Canceled", DONE),
    Status("10100", "To Do", NEW),
    Status("10101", "In Progress", INDETERMINATE),
    Status("10102", "Done", DONE),
)
OPEN = (WAITING, IN_PROGRESS, "10001")
FINISHED = (RESOLVED, CLOSED, CANCELED)
RESOLUTIONS = {"10000": "Done", "10001": "Won't Do", "10002": "Duplicate", "10003": "Declined"}
PRIORITIES = {"1": "Highest", "2": "High", "3": "Medium", "4": "Low", "5": "Lowest"}
ISSUE_TYPES = {"10010": "[System] Incident", "10011": "[System] Service request"}
COMPANY_MANAGED = (
    Transition("11", "Start work", (WAITING, "10001"), IN_PROGRESS),
    Transition("21", "Respond to customer", (WAITING, IN_PROGRESS), "10001"),
    Transition("31", "Resolve this issue", OPEN, RESOLVED, "10000", "issue_resolved"),
    Transition("41", "Close", (RESOLVED,), CLOSED, event="issue_closed"),
    Transition("51", "Cancel request", OPEN, CANCELED, "10001", "issue_closed"),
    Transition("61", "Reopen", FINISHED, IN_PROGRESS, "", "issue_reopened"),
    Transition("71", "Resolve without resolution", OPEN, RESOLVED),
)
TEAM_MANAGED = (
    Transition("11", "To Do", None, "10100"),
    Transition("21", "In Progress", None, "10101"),
    Transition("31", "Done", None, "10102"),
)


def transitions(project: Project) -> tuple[Transition, ...]:
    """A project's workflow steps."""
    return TEAM_MANAGED if project.simplified else COMPANY_MANAGED


def available(project: Project, status_id: str) -> list[Transition]:
    """The steps from a status."""
    return [
        step
        for step in transitions(project)
        if (status_id in step.sources if step.sources is not None else status_id != step.target)
    ]


def statuses(project: Project) -> list[Status]:
    """A project's statuses in the order of its workflow."""
    numbers = ("10100", "10101", "10102") if project.simplified else (*OPEN, *FINISHED)
    by_id = {status.id: status for status in STATUSES}
    return [by_id[number] for number in numbers]


def first_status(project: Project) -> str:
    """Where a new issue begins."""
    return "10100" if project.simplified else WAITING


def solving(project: Project, status_id: str) -> Transition | None:
    """The step by which an agent solves an issue."""
    return next((step for step in available(project, status_id) if step.id == "31"), None)


def reopening(project: Project, status_id: str) -> Transition | None:
    """The step by which a finished issue is taken up again."""
    wanted = "21" if project.simplified else "61"
    return next((step for step in available(project, status_id) if step.id == wanted), None)
