"""The sample organisation, its year of tickets, and its mailbox, as `deskpulse demo` starts them."""
