"""Rows and documents for people: overview, responses, status, the agent's panel. No HTML pages."""
