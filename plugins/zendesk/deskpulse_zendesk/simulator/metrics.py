"""What each change of a ticket does to its metric record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from deskpulse_zendesk.simulator.records import OPEN_STATUSES, Comment, Metrics, Ticket, User


def count_change(metrics: Metrics, name: str, old: Any, new: Any, moment: datetime) -> None:
    """Count a changed status, group or assignee; ``old`` is None for a ticket being created."""
    metrics.updated_at = moment
    if name == "status":
        _count_status(metrics, old, new, moment)
    elif name == "group_id" and new is not None:
        metrics.group_stations += 1
    elif name == "assignee_id" and new is not None:
        metrics.assignee_stations += 1
        metrics.assigned_at = moment
        metrics.initially_assigned_at = metrics.initially_assigned_at or moment


def _count_status(metrics: Metrics, old: str | None, new: str, moment: datetime) -> None:
    metrics.status_updated_at = moment
    if new in OPEN_STATUSES:
        if old == "solved":
            metrics.reopens += 1
            metrics.solved_at = None
    elif old is None or old in OPEN_STATUSES:
        metrics.solved_at = moment
        metrics.first_solved_at = metrics.first_solved_at or moment


def count_comment(ticket: Ticket, comment: Comment, author: User, moment: datetime) -> None:
    """Count a reply: only an agent's public comment after the first entry is one."""
    metrics = ticket.metrics
    metrics.latest_comment_added_at = moment
    if comment.public and author.staff and len(ticket.comments) > 1:
        metrics.replies += 1
        metrics.first_reply_at = metrics.first_reply_at or moment


def count_visit(ticket: Ticket, actor_id: int, moment: datetime) -> None:
    """Note when the assignee or the requester last touched the ticket."""
    ticket.metrics.updated_at = moment
    if actor_id == ticket.assignee_id:
        ticket.metrics.assignee_updated_at = moment
    if actor_id == ticket.requester_id:
        ticket.metrics.requester_updated_at = moment
