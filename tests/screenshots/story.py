"""What the pictures show: Kermit, whose card has expired, and some others."""

from tests.support.shop import Shop

KERMIT = "kermit"
LILY = "pond-lily"
EXPIRED = "pm_card_chargeDeclinedExpiredCard"
GOOD = "pm_card_visa"


def set_stage(shop: Shop) -> None:
    """A product, Kermit with his gift of 5.00, and friends whose orders went well or wait."""
    shop.put(f"/products/{LILY}", name="Pond lily", price=2500, stock=100)
    _customer(shop, "gonzo", EXPIRED)
    _customer(shop, "piggy", "pm_card_chargeDeclinedInsufficientFunds")
    _customer(shop, "fozzie", GOOD)
    shop.await_order(shop.order("fozzie", LILY, quantity=3), "fulfilled")
    shop.await_payment(shop.order("piggy", LILY, policy="charge_later"), "awaiting_card")
    shop.await_payment(shop.order("gonzo", LILY, quantity=2), "awaiting_card")
    _customer(shop, KERMIT, EXPIRED)
    shop.credit(KERMIT, 500)


def place_kermits_order(shop: Shop) -> str:
    """Its id; the payment has waited for five days, and reminded him twice."""
    order = shop.order(KERMIT, LILY)
    shop.await_payment(order, "awaiting_card")
    shop.fast_forward(order, days=5)
    return order


def _customer(shop: Shop, id: str, card: str) -> None:
    shop.post("/customers", id=id, name=id.title(), email=f"{id}@example.com")
    shop.update_customers_card(id, card)
