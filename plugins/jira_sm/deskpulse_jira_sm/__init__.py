"""DeskPulse for Jira Service Management. Read ``kind``, ``plugin``, ``mapping``, ``client``; then a module per hook."""
