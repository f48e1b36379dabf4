"""Both compose files as containers: brought up, disturbed, upgraded, and audited at the end."""
