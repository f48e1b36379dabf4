"""The audit, run every night by a Schedule of Temporal; its verdict is a metric."""
