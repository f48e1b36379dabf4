"""Authentication and authorization: scopes, bearer tokens, the issuer's keys."""
