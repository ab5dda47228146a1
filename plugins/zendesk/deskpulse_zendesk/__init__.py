"""DeskPulse for Zendesk Support. Read ``kind``, ``plugin``, ``mapping`` and ``client``; then one module per hook."""
