"""HTTP as Stripe uses it: parameters, idempotency keys, errors, lists, search, webhooks."""
