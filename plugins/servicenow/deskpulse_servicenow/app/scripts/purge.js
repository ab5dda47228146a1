new DeskPulseOutbox().purge();
