"""Our own database: functions that run in a caller's transaction."""
