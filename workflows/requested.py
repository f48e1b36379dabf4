"""A payment as it is written down: by its own workflow, or by its refund if that died first."""

from datetime import datetime

from temporalio import workflow

from workflows.messages import PaymentInput

with workflow.unsafe.imports_passed_through():
    from activities.payments import RequestPaymentInput


def requested(payment: PaymentInput, at: datetime) -> RequestPaymentInput:
    """Requested at that moment."""
    return RequestPaymentInput(
        at=at,
        payment_id=payment.payment_id,
        reference=payment.reference,
        customer_id=payment.customer_id,
        amount=payment.amount,
        currency=payment.currency,
        terms=payment.agreement.terms,
    )
