"""Fakes of the card provider and the carrier, in the tests' own process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from domain.customer import Card
from domain.statuses import ShipmentStatus
from gateways.cards import (
    CardUnknownError,
    Charged,
    ChargeRequest,
    CustomerDeletedError,
    Declined,
    KnownCard,
    Outcome,
    ProviderRefund,
    ProviderRejectedError,
    RefundRefusedError,
    RefundRequest,
    RefundStatus,
)
from gateways.carrier import CarrierShipment, Parcel

Answer = Callable[[ChargeRequest], Outcome]

DECLINED = Declined("card_declined", "Your card was declined.", decline_code="generic_decline")

SPENT = Declined(code="resource_missing", message="Your card can't be charged any more.")


def good_or_bad_card(charge: ChargeRequest) -> Charged | Declined:
    """Cards whose token begins with `pm_bad` are declined."""
    if charge.payment_method.startswith("pm_bad"):
        return DECLINED
    id = f"pi_{charge.payment_id}_{charge.attempt}"
    return Charged(id, charge.amount, charge.currency)


@dataclass
class FakeCards:
    """A card provider: `answer` decides on charges, `known` is the result of its search.

    `open` are the outcomes of charges that stay open, by the provider's ids.
    """

    answer: Answer = good_or_bad_card
    known: Outcome | None = None
    open: dict[str, Outcome] = field(default_factory=dict[str, Outcome])
    looked_up: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])
    refusals: int = 0
    refunded_by_hand: int = 0
    asked: list[ChargeRequest] = field(default_factory=list[ChargeRequest])
    refunds_requested: list[RefundRequest] = field(default_factory=list[RefundRequest])
    saved: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    spent: set[str] = field(default_factory=set[str])
    deleted: set[str] = field(default_factory=set[str])
    refund_status: RefundStatus = RefundStatus.SUCCEEDED
    """Of new refunds."""
    refund_refusal: str | None = None
    """The reason for which every refund is refused for good."""
    made: dict[str, ProviderRefund] = field(default_factory=dict[str, ProviderRefund])
    """The refunds requested, by their ids."""

    def describe_card(self, payment_method: str) -> KnownCard:
        """Any card is a Visa, but those whose token begins with `pm_unknown`."""
        if payment_method.startswith("pm_unknown"):
            raise CardUnknownError("There is no such card.")
        card = Card(brand="visa", last4="4242", exp_month=12, exp_year=2030)
        return KnownCard(payment_method, card, f"fingerprint of {payment_method}")

    def create_customer(self, customer_id: str, deleted: str | None = None) -> str:
        """The same id for the same customer, and another one after each that was deleted."""
        return f"{deleted}_again" if deleted else f"cus_{customer_id}"

    def delete_customer(self, customer: str) -> None:
        """Delete them at the provider: their cards are lost."""
        self.deleted.add(customer)
        lost = {(owner, card) for owner, card in self.saved if owner == customer}
        self.saved -= lost
        self.spent |= {card for _, card in lost}

    def charge(self, charge: ChargeRequest) -> Outcome:
        """As `answer` says, which may raise, by Stripe's rules for saved and spent cards.

        A card can be charged once without its customer. On session a charge that succeeds saves
        the card for its customer (`saved` has both); off session it has to be saved.
        """
        self.asked.append(charge)
        if charge.customer in self.deleted:
            raise CustomerDeletedError(charge.customer)
        owner = (charge.customer or "", charge.payment_method)
        if charge.payment_method in self.spent:
            return SPENT
        if charge.customer and not charge.on_session and owner not in self.saved:
            return SPENT
        outcome = self.answer(charge)
        if charge.customer is None:
            self.spent.add(charge.payment_method)
        elif isinstance(outcome, Charged):
            self.saved.add(owner)
        return outcome

    def find_charge(self, payment_id: str, attempt: int) -> Outcome | None:
        """The configured outcome."""
        del payment_id, attempt
        return self.known

    def look_up(self, open_id: str) -> Outcome:
        """The configured outcome."""
        self.looked_up.append(open_id)
        return self.open[open_id]

    def close(self, open_id: str) -> Charged | None:
        """Closes an open charge."""
        self.closed.append(open_id)
        outcome = self.open[open_id]
        if isinstance(outcome, Charged):
            return outcome
        self.open[open_id] = DECLINED
        return None

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        """Refunds once per key, after `refusals` refusals."""
        self.refunds_requested.append(refund)
        if self.refund_refusal:
            raise RefundRefusedError("this charge is not refunded", self.refund_refusal)
        if len(self.refunds_requested) <= self.refusals:
            raise ProviderRejectedError("this account is closed")
        made = ProviderRefund(
            refund_id=f"re_{refund.key.replace(':', '_')}",
            charge_id=refund.charge_id,
            amount=refund.amount,
            currency="EUR",
            status=self.refund_status,
            payment_id=refund.payment_id,
            reference=refund.reference,
        )
        return self.made.setdefault(made.refund_id, made)

    def settle_refunds(self, status: RefundStatus, failure: str | None = None) -> None:
        """Every refund made so far gets that status."""
        for id, one in self.made.items():
            self.made[id] = replace(one, status=status, failure=failure)

    def look_up_refund(self, refund_id: str) -> ProviderRefund:
        """One that was requested."""
        return self.made[refund_id]

    def refunds(self, charge_id: str) -> list[ProviderRefund]:
        """Those requested, and the one made in the dashboard, if any."""
        amount = self.refunded_by_hand
        found = ProviderRefund("re_dashboard", charge_id, amount, "EUR", RefundStatus.SUCCEEDED)
        made = [one for one in self.made.values() if one.charge_id == charge_id]
        return [found, *made] if amount else made


@dataclass
class FakeCarrier:
    """A carrier that accepts every shipment."""

    booked: list[str] = field(default_factory=list[str])
    recalled: list[str] = field(default_factory=list[str])

    def book(self, reference: str, customer: str, parcels: Sequence[Parcel]) -> CarrierShipment:
        """Once per reference."""
        del customer, parcels
        if reference not in self.booked:
            self.booked.append(reference)
        return _shipment(reference, ShipmentStatus.BOOKED)

    def recall(self, reference: str) -> CarrierShipment:
        """Always succeeds."""
        self.recalled.append(reference)
        return _shipment(reference, ShipmentStatus.RECALLED)


def _shipment(reference: str, status: ShipmentStatus) -> CarrierShipment:
    return CarrierShipment(id=f"shp_{reference}", tracking_number=f"TN{reference}", status=status)
