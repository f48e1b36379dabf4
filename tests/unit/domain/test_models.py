"""What holds for every model of the domain."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from domain import customer, events, mail_templates, order, payment, product, waiting_period
from domain.customer import Customer
from tests.support.examples import EUR
from tests.support.examples import product as a_product

MODULES = (customer, events, mail_templates, order, payment, product, waiting_period)


def models() -> Iterator[type[BaseModel]]:
    for module in MODULES:
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, BaseModel) and thing is not BaseModel:
                yield thing


@pytest.mark.parametrize("model", sorted(set(models()), key=str), ids=lambda model: model.__name__)
def test_nothing_changes_once_it_is_made(model: type[BaseModel]) -> None:
    assert model.model_config.get("frozen") is True


def test_a_customer_may_hold_nothing_but_not_less() -> None:
    Customer(id="kermit", name="Kermit", email="kermit@example.com", balance=0, currency=EUR)
    with pytest.raises(ValidationError, match="balance"):
        Customer(id="kermit", name="Kermit", email="kermit@example.com", balance=-1, currency=EUR)


def test_there_may_be_nothing_in_stock_but_not_less() -> None:
    assert a_product(stock=0).stock == 0
    with pytest.raises(ValidationError, match="stock"):
        a_product(stock=-1)
