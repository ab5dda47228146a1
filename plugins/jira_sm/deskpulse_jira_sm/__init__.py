"""DeskPulse for Jira Service Management. Read ``kind``, ``plugin``, ``mapping`` and ``client``; then one module per hook."""
