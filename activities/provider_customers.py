"""Customers at the card provider, and the cards that are charged for them."""

from gateways.cards import CardProvider, CardUnknownError
from storage import customers, payments
from storage.charges import Charge
from storage.customers import CardOnFile
from storage.database import Database


class ProviderCustomers:
    """Each of our customers is one at the card provider, created before their first charge."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Looks cards up with `cards`, and stores the provider's ids in `database`."""
        self._database = database
        self._cards = cards

    def identify(self, payment_id: str, payment_method: str | None) -> CardOnFile:
        """The card to charge, by its id and fingerprint, and the customer at the provider.

        Without a `payment_method` it is the card on file. One that is not on file may be a token,
        which stands for another id each time.
        """
        with self._database.read() as tx:
            customer_id = payments.find(tx, payment_id).customer_id
            card = customers.card_on_file(tx, customer_id)
        payment_method = payment_method or card.payment_method
        if payment_method is None:
            return card
        if payment_method != card.payment_method:
            card = self._describe(card, payment_method)
        elif card.fingerprint is None:
            # A release that kept no fingerprints stored it, perhaps as a token.
            card = self._describe(card, payment_method)
            with self._database.write() as tx:
                card = customers.keep_described(tx, customer_id, payment_method, card)
        if card.provider_customer is None:
            kept = self._create(customer_id, deleted=None)
            card = card._replace(provider_customer=kept)
        return card

    def had_another_card(self, known: Charge | None, payment_method: str | None) -> bool:
        """Whether the attempt is there already, and was made with another card than the given one.

        Or without any. After a reset, a card that was given later comes before the attempts before
        it.
        """
        if payment_method is None or known is None:
            return False
        if known.payment_method is None:
            return True
        if known.fingerprint is None:
            return False
        given = self.identify(known.payment_id, payment_method).fingerprint
        return given not in {None, known.fingerprint}

    def replace(self, charge: Charge) -> None:
        """Create another customer in place of the charge's, which was deleted at the provider.

        The deleted customer's saved cards are lost. Repeating changes nothing.
        """
        with self._database.read() as tx:
            customer_id = payments.find(tx, charge.payment_id).customer_id
            card = customers.card_on_file(tx, customer_id)
        if card.provider_customer == charge.provider_customer:
            self._create(customer_id, deleted=charge.provider_customer)

    def _create(self, customer_id: str, *, deleted: str | None) -> str:
        created = self._cards.create_customer(customer_id, deleted)
        with self._database.write() as tx:
            return customers.keep_provider_customer(tx, customer_id, created, deleted)

    def _describe(self, card: CardOnFile, payment_method: str) -> CardOnFile:
        try:
            known = self._cards.describe_card(payment_method)
        except CardUnknownError:
            # The charge is declined for it.
            return card._replace(payment_method=payment_method, fingerprint=None, brand=None)
        return card._replace(
            payment_method=known.payment_method,
            fingerprint=known.fingerprint,
            brand=known.card.brand,
        )
