"""The card provider Stripe."""

from gateways.stripe_charges import StripeCharges
from gateways.stripe_refunds import StripeRefunds
from gateways.stripe_wallets import StripeWallets


class StripeCards(StripeWallets, StripeCharges, StripeRefunds):
    """`CardProvider` over Stripe's API. Safe to use from several threads."""
