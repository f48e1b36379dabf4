"""The products that are sold in every run."""

from collections.abc import Iterable

from verification.chaos.scenarios import Product

AMPLE_STOCK = 1_000_000
PRODUCTS = (
    Product("lily", price=2500, stock=AMPLE_STOCK),
    Product("fly", price=199, stock=AMPLE_STOCK),
    Product("pond", price=120_000, stock=AMPLE_STOCK),
    Product("advice", price=0, stock=AMPLE_STOCK),
)
SOLD_OUT = Product("unicorn", price=990, stock=0)
_PRICES = {product.sku: product.price for product in (*PRODUCTS, SOLD_OUT)}


def total(lines: Iterable[tuple[str, int]]) -> int:
    """The price of such quantities, in cents."""
    return sum(_PRICES[sku] * quantity for sku, quantity in lines)
