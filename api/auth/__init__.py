"""Who calls, and what they may do: scopes, bearer tokens, the issuer's keys."""
