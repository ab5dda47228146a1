"""The Zendesk sidebar app: its sources, how it is packed for one connection, and Zendesk's rules for a package."""
