"""The card provider: the part of Stripe's HTTP API that saves, charges and refunds cards.

Written from https://docs.stripe.com/api and https://docs.stripe.com/testing; the rules that it
keeps are in `docs/stripe.md`, each with its source. Differences from Stripe: PaymentIntents are
confirmed when they are created, one that a bank processes can't be canceled, and late failures,
disputes and late refunds come by switches (`third_parties.py`), not by themselves.
"""
