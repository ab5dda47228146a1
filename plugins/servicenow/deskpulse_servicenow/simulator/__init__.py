"""A stand-in of a ServiceNow instance: its REST APIs, its server-side scripts, and a screen for agents."""

from deskpulse_servicenow.simulator.simulator import ServiceNowSimulator

__all__ = ["ServiceNowSimulator"]
