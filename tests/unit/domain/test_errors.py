"""Errors say what they speak of, to people and to code."""

from datetime import timedelta

from domain.errors import (
    GoodsUnavailableError,
    InsufficientBalanceError,
    LimitReachedError,
    NotFoundError,
)


def test_what_is_not_there_is_named() -> None:
    error = NotFoundError("customer", "nobody")
    assert str(error) == "There is no customer 'nobody'."
    assert (error.kind, error.id) == ("customer", "nobody")


def test_an_account_that_holds_too_little_is_named() -> None:
    error = InsufficientBalanceError("customer:kermit", 2500)
    assert str(error) == "Account 'customer:kermit' does not hold 2500 cents."
    assert (error.account, error.amount) == ("customer:kermit", 2500)


def test_goods_that_are_short_are_named() -> None:
    error = GoodsUnavailableError("pond-lily")
    assert str(error) == "There is not enough of 'pond-lily' in stock."
    assert error.sku == "pond-lily"


def test_a_limit_says_how_long_it_holds() -> None:
    error = LimitReachedError("Too many cards.", timedelta(minutes=5))
    assert str(error) == "Too many cards."
    assert error.retry_after == timedelta(minutes=5)
