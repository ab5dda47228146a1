"""Who works and who asks: support groups, contacts, segments, agents, customers, and their synchronisation."""
