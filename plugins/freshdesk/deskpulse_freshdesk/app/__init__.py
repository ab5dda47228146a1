"""The Freshdesk sidebar app: its sources, how it is packed for one connection, and Freshworks' rules for an app."""
