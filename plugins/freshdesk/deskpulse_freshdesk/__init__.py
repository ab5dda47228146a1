"""DeskPulse for Freshdesk. Read ``kind``, ``plugin``, ``mapping`` and ``client``; then one module per hook."""
