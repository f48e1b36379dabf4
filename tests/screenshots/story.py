"""What the pictures show: Kermit, whose card has expired, and three other customers."""

from tests.support.shop import Shop

KERMIT = "kermit"
LILY = "pond-lily"
EXPIRED = "pm_card_chargeDeclinedExpiredCard"
VALID = "pm_card_visa"


def prepare(shop: Shop) -> None:
    """A product, Kermit with a credit of 5.00, and customers whose orders are fulfilled or wait."""
    shop.put(f"/products/{LILY}", name="Pond lily", price=2500, stock=100)
    _customer(shop, "gonzo", EXPIRED)
    _customer(shop, "piggy", "pm_card_chargeDeclinedInsufficientFunds")
    _customer(shop, "fozzie", VALID)
    shop.await_order(shop.order("fozzie", LILY, quantity=3), "fulfilled")
    shop.await_payment(shop.order("piggy", LILY, policy="charge_later"), "awaiting_card")
    shop.await_payment(shop.order("gonzo", LILY, quantity=2), "awaiting_card")
    _customer(shop, KERMIT, EXPIRED)
    shop.credit(KERMIT, 500)


def place_waiting_order(shop: Shop) -> str:
    """Place Kermit's order and return its id; its payment has waited five days, reminding twice."""
    order = place_order(shop)
    shop.fast_forward(order, days=5)
    return order


def place_order(shop: Shop) -> str:
    """Place Kermit's order and return its id once its payment waits for a card."""
    order = shop.order(KERMIT, LILY)
    shop.await_payment(order, "awaiting_card")
    return order


def _customer(shop: Shop, id: str, card: str) -> None:
    shop.post("/customers", id=id, name=id.title(), email=f"{id}@example.com")
    shop.update_customers_card(id, card)
