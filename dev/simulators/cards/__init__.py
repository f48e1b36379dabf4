"""The card provider: the part of Stripe's HTTP API that charging and refunding a card needs.

Written from https://docs.stripe.com/api and https://docs.stripe.com/testing. What differs from
Stripe: a test token is its PaymentMethod's own id, PaymentIntents are confirmed when they are
created, money arrives at once, there is no smallest amount, and search sees what was just written.
"""
