"""Links to helpdesk accounts: settings, sealed secrets, checks, provisioning."""
