"""What the interactive dashboards show."""
