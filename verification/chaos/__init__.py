"""A seeded load of orders while faults are injected, then a quiet time, then the audit."""
