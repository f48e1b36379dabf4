"""Places a seeded load of orders while injecting faults, waits for all to end, then audits."""
