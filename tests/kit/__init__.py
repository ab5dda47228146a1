"""The kit for outsiders: from a skeleton to a helpdesk that is connected, as its author does it."""
