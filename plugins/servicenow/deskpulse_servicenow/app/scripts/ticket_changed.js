new DeskPulse().ticketChanged(current);
