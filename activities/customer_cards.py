"""A customer's card on file, and the open payments that it is for."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from activities.uninterrupted import uninterrupted_activity
from domain.customer import Card
from gateways.cards import CardProvider
from storage import customers, payments
from storage.database import Database


class RegisterCardInput(BaseModel):
    """The card provider's token of a customer's new card, and when it was given."""

    customer_id: str
    payment_method: str
    given_at: datetime


class RegisteredCard(Card):
    """A card that is stored, and its id at the provider; None in results of older releases."""

    payment_method: str | None = None


class CardOnFile(BaseModel):
    """The customer's card on file, and the open payments that are not yet notified of it."""

    model_config = ConfigDict(validate_by_name=True)

    payment_method: str
    # Histories hold the field by its alias.
    not_yet_notified: tuple[str, ...] = Field(
        validation_alias="untold", serialization_alias="untold"
    )


class CustomerCardActivities:
    """The card that a customer gave for all their payments."""

    def __init__(self, database: Database, cards: CardProvider) -> None:
        """Looks cards up with `cards`, and stores what may be shown of them in `database`."""
        self._database = database
        self._cards = cards

    @uninterrupted_activity
    def register_card(self, input: RegisterCardInput) -> RegisteredCard:
        """Look the card up at the provider and store it, unless a newer one is stored.

        A token stands for another card each time, so the id is stored that it stood for.

        Raises `CardUnknownError` if the token is no card's.
        """
        known = self._cards.describe_card(input.payment_method)
        with self._database.write() as tx:
            customers.set_card(
                tx,
                input.customer_id,
                known.payment_method,
                known.card,
                input.given_at,
                fingerprint=known.fingerprint,
            )
        return RegisteredCard(**known.card.model_dump(), payment_method=known.payment_method)

    @uninterrupted_activity
    def keep_former_card(self, input: RegisterCardInput) -> CardOnFile | None:
        """Keep the card on file, after the new one turned out to be no card; None without any.

        The update that stored the card on file may have been replaced before it had notified all
        payments: those are returned. Cards given before the refused one are ignored from now on.
        """
        with self._database.write() as tx:
            customers.keep_card(tx, input.customer_id, input.given_at)
            card = customers.payment_method(tx, input.customer_id)
            if card is None:
                return None
            missing = payments.open_not_charged_with(tx, input.customer_id, card)
        return CardOnFile(payment_method=card, not_yet_notified=tuple(missing))

    @uninterrupted_activity
    def find_open_payments(self, input: RegisterCardInput) -> list[str]:
        """The ids of the customer's payments that may still need the card, oldest first.

        Those that were charged with it since it was given do not: that was its charge.
        """
        with self._database.read() as tx:
            return payments.open_not_charged_since(
                tx, input.customer_id, input.payment_method, input.given_at
            )
