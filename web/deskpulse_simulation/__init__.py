"""What every simulator of a helpdesk is made of: clock, faults, deliveries, mail and the agent screen's frame."""
