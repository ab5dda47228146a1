new DeskPulseOutbox().deliverDue();
