"""The samples have the same names in the shop, in the story and in the README."""

import re

from dev.story.samples import CUSTOMERS, PRODUCTS
from dev.story.scenarios import KERMIT, MARTIN, SKU
from tests.support.processes import REPOSITORY


def test_the_story_is_played_with_samples() -> None:
    assert CUSTOMERS.keys() > {KERMIT, MARTIN}
    assert SKU in PRODUCTS
    assert CUSTOMERS[KERMIT].card == "pm_card_chargeDeclinedExpiredCard"


def test_the_readme_names_samples_only() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    customers = re.findall(r"/customers/([\w-]+)/|orders (?:update-card|place) ([\w-]+)", readme)
    products = re.findall(r'/products/([\w-]+)|"sku":"([\w-]+)"|place \w+ ([\w-]+):', readme)
    assert {name for found in customers for name in found if name} <= CUSTOMERS.keys()
    assert {name for found in products for name in found if name} <= PRODUCTS.keys()
    assert len(customers) > 4
    assert len(products) > 3
