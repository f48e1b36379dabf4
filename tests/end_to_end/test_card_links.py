"""The link in a reminder: another card without a login, for that payment alone."""

from tests.integration.api.problems import problem_of
from tests.support.links import holding, link_token, written_down
from tests.support.shop import Shop, respond

VISA = {"payment_method": "pm_card_visa"}


def test_a_card_is_given_by_the_link_of_a_reminder(shop: Shop) -> None:
    customer = shop.customer("pm_card_chargeDeclined")
    payment, another = shop.payment(customer), shop.payment(customer)
    for one in (payment, another):
        shop.await_payment(one, "awaiting_card")
    shop.fast_forward(payment, days=2)
    first = "Your card did not pay: please update it"
    shop.await_mails(customer, first, first, "Reminder 1: please update your card")
    token = link_token(shop, customer)

    with holding(shop, token) as holder:
        asked = respond(holder, "GET", "/card-update").json()
        deadline = shop.see_payment(payment)["deadline"]
        waiting = {"status": "awaiting_card", "amount": 2500, "currency": "EUR"}
        why = "Your card was declined."
        what = {"reference": shop.see_payment(payment)["reference"], "order": None}
        nothing_else = {"needs_authentication": False, "charge_refused": False}
        assert asked == {**what, **waiting, **nothing_else, "deadline": deadline, "failure": why}
        assert respond(holder, "PUT", "/card-update", json=VISA).status_code == 202
        shop.await_payment(payment, "received")
        problem_of(respond(holder, "PUT", "/card-update", json=VISA), 409)

    assert shop.see_payment(another)["status"] == "awaiting_card"
    assert written_down(shop, payment)
    assert written_down(shop, token) == []
