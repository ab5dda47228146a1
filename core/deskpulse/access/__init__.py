"""Who may see what: users, sign-in, keys."""
