"""A stand-in for Jira Service Management on real HTTP, built from the vendor's published contract."""

from deskpulse_jira_sm.simulator.simulator import JiraSimulator

__all__ = ["JiraSimulator"]
