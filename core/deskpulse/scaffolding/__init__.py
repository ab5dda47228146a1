"""What people who add a helpdesk start from: a working skeleton, and the table of what each helpdesk can do."""
