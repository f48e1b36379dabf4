"""The card provider: the part of Stripe's HTTP API that charging and refunding a card needs.

Written from https://docs.stripe.com/api and https://docs.stripe.com/testing. Differences from
Stripe: a test token is also the id of its PaymentMethod, PaymentIntents are confirmed when they are
created, money arrives at once, there is no minimum amount, and the search index is never behind.
"""
