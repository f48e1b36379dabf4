"""Only in development mode: fault injection, fast-forward, the audit."""
