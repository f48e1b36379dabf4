"""How we talk to Temporal: client, runtime, sandbox, signal guard, slow motion, registration."""
