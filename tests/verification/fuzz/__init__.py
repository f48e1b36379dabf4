"""Generated requests: schemathesis on the real stack, as several people."""
