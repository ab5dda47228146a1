"""Organisations (tenants), their preferences, and the audit of who changed what."""
