"""Stripe's JSON objects, such as https://docs.stripe.com/api/payment_intents/object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dev.simulators.cards import object_parts
from dev.simulators.cards.declines import Decline
from dev.simulators.cards.protocol.errors import StripeError
from dev.simulators.cards.store.disputes import Disputes
from dev.simulators.cards.store.state import State
from dev.simulators.cards.store.stored_objects import (
    Customer,
    Dispute,
    FraudWarning,
    Intent,
    PaymentMethod,
    Refund,
)
from dev.simulators.cards.store.wallets import Wallets


@dataclass(frozen=True)
class Objects:
    """Shows what is stored; `livemode` is the mode of the account's API key."""

    state: State
    wallets: Wallets
    disputes: Disputes
    livemode: bool

    def customer(self, customer: Customer) -> dict[str, Any]:
        """A Customer."""
        return {
            "id": customer.id,
            "object": "customer",
            "address": None,
            "balance": 0,
            "created": customer.created,
            "currency": None,
            "default_source": None,
            "delinquent": False,
            "description": customer.description,
            "discount": None,
            "email": customer.email,
            "invoice_prefix": None,
            "invoice_settings": {
                "custom_fields": None,
                "default_payment_method": None,
                "footer": None,
                "rendering_options": None,
            },
            "livemode": self.livemode,
            "metadata": dict(customer.metadata),
            "name": customer.name,
            "next_invoice_sequence": 1,
            "phone": None,
            "preferred_locales": [],
            "shipping": None,
            "tax_exempt": "none",
            "test_clock": None,
        }

    def payment_method(self, method: PaymentMethod) -> dict[str, Any]:
        """A PaymentMethod."""
        empty = {"city": None, "country": None, "line1": None, "line2": None}
        return {
            "id": method.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": {
                "address": {**empty, "postal_code": None, "state": None},
                "email": None,
                "name": None,
                "phone": None,
                "tax_id": None,
            },
            "card": object_parts.card(method),
            "created": method.created,
            "customer": method.customer,
            "customer_account": None,
            "livemode": self.livemode,
            "metadata": dict(method.metadata),
            "type": "card",
        }

    def payment_intent(self, intent: Intent) -> dict[str, Any]:
        """A PaymentIntent."""
        succeeded = intent.status == "succeeded"
        failed = intent.failure is not None and not succeeded
        authenticates = intent.status == "requires_action"
        error = self._error(intent, intent.failure) if intent.failure and not succeeded else None
        return {
            "id": intent.id,
            "object": "payment_intent",
            "allowed_payment_method_types": ["card"],
            "amount": intent.amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": intent.amount if succeeded else 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": None,
            "canceled_at": intent.created if intent.status == "canceled" else None,
            "cancellation_reason": intent.cancellation_reason,
            "capture_method": "automatic_async",
            "client_secret": f"{intent.id}_secret_simulated",
            "confirmation_method": "automatic",
            "created": intent.created,
            "currency": intent.currency,
            "customer": intent.customer,
            "description": None,
            "last_payment_error": error,
            "latest_charge": intent.charge if intent.is_charged else None,
            "livemode": self.livemode,
            "metadata": dict(intent.metadata),
            "next_action": (
                {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
                if authenticates
                else None
            ),
            "on_behalf_of": None,
            "payment_method": None if failed else intent.payment_method,
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "processing": None,
            "receipt_email": None,
            "review": None,
            "setup_future_usage": intent.setup_future_usage,
            "shipping": None,
            "statement_descriptor": None,
            "statement_descriptor_suffix": None,
            "status": intent.status,
            "transfer_data": None,
            "transfer_group": None,
        }

    def charge(self, intent: Intent) -> dict[str, Any]:
        """The Charge of a PaymentIntent."""
        states = {"succeeded": "succeeded", "processing": "pending"}
        status = states.get(intent.status, "failed")
        paid = status != "failed"
        refunded = self.state.refunded(intent)
        failure = None if paid else intent.failure
        return {
            "id": intent.charge,
            "object": "charge",
            "amount": intent.amount,
            "amount_captured": intent.amount if paid else 0,
            "amount_refunded": refunded,
            "captured": paid,
            "created": intent.created,
            "currency": intent.currency,
            "customer": intent.customer,
            "disputed": bool(self.disputes.of(intent)),
            "failure_code": failure.code if failure else None,
            "failure_message": failure.message if failure else None,
            "livemode": self.livemode,
            "metadata": dict(intent.metadata),
            "outcome": object_parts.outcome(failure),
            "paid": paid,
            "payment_intent": intent.id,
            "payment_method": intent.payment_method,
            "payment_method_details": {
                "card": object_parts.card(self.wallets.known_method(intent.payment_method)),
                "type": "card",
            },
            "refunded": refunded == intent.amount,
            "status": status,
        }

    def refund(self, refund: Refund) -> dict[str, Any]:
        """A Refund of a PaymentIntent's charge."""
        intent = self.state.intent_of(refund)
        shown: dict[str, Any] = {
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount,
            "balance_transaction": None,
            "charge": intent.charge,
            "created": refund.created,
            "currency": intent.currency,
            "destination_details": {"card": {"type": "refund"}, "type": "card"},
            "metadata": dict(refund.metadata),
            "payment_intent": intent.id,
            "reason": refund.reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": refund.status,
            "transfer_reversal": None,
        }
        if refund.status == "pending":
            return {**shown, "pending_reason": "processing"}
        return (
            {**shown, "failure_reason": refund.failure_reason} if refund.failure_reason else shown
        )

    def dispute(self, dispute: Dispute) -> dict[str, Any]:
        """A Dispute of a PaymentIntent's charge."""
        intent = self.state.known_intent(dispute.intent)
        return {
            "id": dispute.id,
            "object": "dispute",
            "amount": dispute.amount,
            "balance_transactions": [],
            "charge": intent.charge,
            "created": dispute.created,
            "currency": intent.currency,
            "enhanced_eligibility_types": [],
            "evidence": {},
            "evidence_details": {
                "due_by": dispute.created + 7 * 24 * 3600,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": dispute.is_charge_refundable,
            "livemode": self.livemode,
            "metadata": {},
            "payment_intent": intent.id,
            "reason": dispute.reason,
            "status": dispute.status,
        }

    def fraud_warning(self, warning: FraudWarning) -> dict[str, Any]:
        """An early fraud warning about a PaymentIntent's charge."""
        intent = self.state.known_intent(warning.intent)
        refunded = self.state.refunded(intent) == intent.amount
        return {
            "id": warning.id,
            "object": "radar.early_fraud_warning",
            "actionable": not refunded and not self.disputes.of(intent),
            "charge": intent.charge,
            "created": warning.created,
            "fraud_type": warning.fraud_type,
            "livemode": self.livemode,
            "payment_intent": intent.id,
        }

    def declined(self, intent: Intent) -> StripeError:
        """The answer to a charge that was declined: 402 with the PaymentIntent."""
        if intent.failure is None:
            raise LookupError(intent.id)
        error = self._error(intent, intent.failure)
        message, type = error.pop("message"), error.pop("type")
        return StripeError(402, type, message, **error, payment_intent=self.payment_intent(intent))

    def _error(self, intent: Intent, failure: Decline) -> dict[str, Any]:
        method = self.wallets.known_method(intent.payment_method)
        fields: Mapping[str, Any] = {
            "charge": intent.charge if intent.is_charged else None,
            "advice_code": failure.advice_code,
            "decline_code": failure.decline_code,
            "network_advice_code": failure.network_advice_code,
            "network_decline_code": failure.network_decline_code,
            "param": failure.param,
        }
        return {
            **{name: value for name, value in fields.items() if value is not None},
            "code": failure.code,
            "doc_url": f"https://stripe.com/docs/error-codes/{failure.code.replace('_', '-')}",
            "message": failure.message,
            "payment_method": self.payment_method(method),
            "type": failure.type,
        }
