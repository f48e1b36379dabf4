"""The card provider keeps Stripe's rules, as seen on the wire."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support import simulators
from tests.support.simulators import SECRET_KEY, Simulator
from tests.support.stripe_wire import Wire, error, of


@pytest.fixture
def wire(cards: Simulator) -> Wire:
    return Wire(cards.url)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_a_charge_is_a_succeeded_payment_intent(wire: Wire, key: str) -> None:
    answer = wire.charge(**of(key))
    assert answer.status_code == 200
    intent = answer.json()
    assert intent["status"] == "succeeded"
    assert (intent["amount"], intent["currency"]) == (2500, "eur")
    assert intent["metadata"] == {"payment": key, "attempt": "1"}
    assert wire.get(f"/v1/payment_intents/{intent['id']}").json() == intent


@pytest.mark.parametrize("credentials", [{}, {"Authorization": "Bearer sk_test_other"}])
def test_requests_need_the_secret_key(cards: Simulator, credentials: dict[str, str]) -> None:
    for method, path in [("POST", "/v1/payment_intents"), ("GET", "/v1/payment_methods/x")]:
        answer = httpx.request(method, cards.url + path, headers=credentials, timeout=60)
        assert answer.status_code == 401
        assert "sk_test" not in answer.text


def test_the_secret_key_may_come_as_a_bearer_token(cards: Simulator) -> None:
    url = f"{cards.url}/v1/payment_methods/pm_card_visa"
    assert (
        httpx.get(url, headers={"Authorization": f"Bearer {SECRET_KEY}"}, timeout=60).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("token", "brand", "last4"),
    [
        ("pm_card_visa", "visa", "4242"),
        ("pm_card_mastercard", "mastercard", "4444"),
        ("pm_card_chargeDeclined", "visa", "0002"),
        ("pm_card_chargeDeclinedInsufficientFunds", "visa", "9995"),
        ("pm_card_chargeDeclinedExpiredCard", "visa", "0069"),
        ("pm_card_authenticationRequired", "visa", "3184"),
    ],
)
def test_test_tokens_are_stripes(wire: Wire, token: str, brand: str, last4: str) -> None:
    card = wire.get(f"/v1/payment_methods/{token}").json()["card"]
    assert (card["brand"], card["last4"]) == (brand, last4)


def test_unknown_things_are_missing(wire: Wire) -> None:
    for path in ("payment_methods/pm_none", "payment_intents/pi_none", "refunds/re_none"):
        answer = wire.get(f"/v1/{path}")
        assert (answer.status_code, error(answer)["code"]) == (404, "resource_missing")
    answer = wire.charge(payment_method="pm_none")
    assert (answer.status_code, error(answer)["param"]) == (400, "payment_method")
    assert wire.get("/v1/nonsense").status_code == 404


def test_a_decline_has_all_details(wire: Wire, key: str) -> None:
    answer = wire.charge(payment_method="pm_card_chargeDeclinedInsufficientFunds", **of(key))
    assert answer.status_code == 402
    decline = error(answer)
    assert decline["type"] == "card_error"
    assert (decline["code"], decline["decline_code"]) == ("card_declined", "insufficient_funds")
    assert decline["message"] == "Your card has insufficient funds."
    intent = decline["payment_intent"]
    assert intent["status"] == "requires_payment_method"
    assert intent["amount_received"] == 0
    assert intent["last_payment_error"]["code"] == "card_declined"
    assert wire.charges_of(key) == [intent], "a declined attempt stays on record"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bogus": "1"}, "parameter_unknown"),
        ({"payment_method_types[0]": "card"}, "payment_method_types_no_longer_supported"),
        ({"amount": "25.00"}, "parameter_invalid_integer"),
        ({"amount": ""}, "parameter_missing"),
        ({"amount": "0"}, "parameter_invalid_integer"),
        ({"amount": "100000000"}, "amount_too_large"),
        ({"payment_method": ""}, "parameter_missing"),
        ({"confirm": "false"}, None),
        ({"confirm": "maybe"}, None),
    ],
)
def test_parameters_that_fail_validation_are_not_kept_under_the_key(
    wire: Wire, key: str, changes: dict[str, str], code: str | None
) -> None:
    answer = wire.charge(key, **changes)
    assert (answer.status_code, error(answer).get("code")) == (400, code)
    assert wire.charge(key).status_code == 200


@pytest.mark.parametrize(
    ("token", "status"),
    [("pm_card_visa", 200), ("pm_card_chargeDeclined", 402), ("pm_none", 400)],
)
def test_a_key_replays_the_first_answer(wire: Wire, key: str, token: str, status: int) -> None:
    first = wire.charge(key, payment_method=token, **of(key))
    again = wire.charge(key, payment_method=token, **of(key))
    assert first.status_code == again.status_code == status
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(wire.charges_of(key)) <= 1


def test_a_key_with_other_parameters_is_an_error(wire: Wire, key: str) -> None:
    wire.charge(key)
    answer = wire.charge(key, amount="2600")
    assert (answer.status_code, error(answer)["type"]) == (400, "idempotency_error")
    answer = wire.post("/v1/refunds", {"payment_intent": "pi_none"}, key)
    assert (answer.status_code, error(answer)["type"]) == (400, "idempotency_error")


def test_without_a_key_every_request_charges(wire: Wire, key: str) -> None:
    wire.charge(**of(key))
    wire.charge(**of(key))
    assert len(wire.charges_of(key)) == 2


def test_a_key_in_use_is_a_conflict(cards: Simulator, wire: Wire, key: str) -> None:
    cards.fault("hold")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(wire.charge, key, **of(key))
        cards.await_held()
        assert wire.charges_of(key) == []
        answer = wire.charge(key, **of(key))
        assert (answer.status_code, error(answer)["code"]) == (409, "idempotency_key_in_use")
        cards.clear_faults()
        assert held.result().status_code == 200
    assert wire.charge(key, **of(key)).json() == held.result().json(), "a conflict is not kept"


@pytest.mark.parametrize(("after_effect", "charges"), [(False, 0), (True, 1)])
def test_a_500_is_kept(
    cards: Simulator, wire: Wire, key: str, *, after_effect: bool, charges: int
) -> None:
    cards.fault("error_500", times=1, after_effect=after_effect)
    assert wire.charge(key, **of(key)).status_code == 500
    again = wire.charge(key, **of(key))
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert len(wire.charges_of(key)) == charges


def test_keys_are_forgotten_after_their_window(tmp_path: Path, key: str) -> None:
    with simulators.cards(tmp_path / "state.db", "--key-window", "0") as simulator:
        wire = Wire(simulator.url)
        assert wire.charge(key).json()["id"] != wire.charge(key).json()["id"]


def test_a_charge_with_a_lost_answer_succeeded(cards: Simulator, wire: Wire, key: str) -> None:
    cards.fault("lose_answer", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        wire.charge(key, **of(key))
    again = wire.charge(key, **of(key))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert [again.json()] == wire.charges_of(key)


def test_only_what_was_done_loses_its_answer(cards: Simulator, wire: Wire, key: str) -> None:
    intent = wire.charge().json()["id"]
    cards.fault("lose_answer", times=1, only="/v1/payment_intents")
    assert wire.charge(payment_method="pm_card_chargeDeclined").status_code == 402
    assert wire.post(f"/v1/payment_intents/{intent}/cancel", {}).status_code == 400
    with pytest.raises(httpx.RemoteProtocolError):
        wire.charge(key)


def test_down_refuses_all_but_its_switch(cards: Simulator, wire: Wire, key: str) -> None:
    cards.fault("down")
    assert wire.charge(key).status_code == 503
    assert wire.get("/v1/payment_methods/pm_card_visa").status_code == 503
    cards.clear_faults()
    assert wire.charge(key).status_code == 200


def test_a_fault_may_strike_some_paths_only_and_some_times(cards: Simulator, wire: Wire) -> None:
    cards.fault("down", only="/v1/payment_intents", times=1)
    assert wire.get("/v1/refunds").status_code == 200
    assert wire.charge().status_code == 503
    assert wire.charge().status_code == 200
    assert (
        httpx.post(f"{cards.url}/_faults", json={"mode": "sideways"}, timeout=60).status_code == 422
    )


def test_refunds_are_limited_by_the_charge(wire: Wire, key: str) -> None:
    intent = wire.charge().json()["id"]
    too_much = wire.post("/v1/refunds", {"payment_intent": intent, "amount": "2501"})
    assert (too_much.status_code, error(too_much)["param"]) == (400, "amount")
    part = wire.post("/v1/refunds", {"payment_intent": intent, "amount": "1000"}, key)
    assert part.json()["amount"] == 1000
    assert wire.post("/v1/refunds", {"payment_intent": intent, "amount": "1501"}).is_error
    rest = wire.post("/v1/refunds", {"payment_intent": intent})
    assert rest.json()["amount"] == 1500
    none_left = wire.post("/v1/refunds", {"payment_intent": intent})
    assert error(none_left)["code"] == "charge_already_refunded"
    listed = wire.get("/v1/refunds", payment_intent=intent).json()["data"]
    assert listed == [rest.json(), part.json()]


def test_what_was_not_charged_is_not_refunded(wire: Wire) -> None:
    declined = error(wire.charge(payment_method="pm_card_chargeDeclined"))
    intent = declined["payment_intent"]["id"]
    assert wire.post("/v1/refunds", {"payment_intent": intent}).status_code == 400
    assert wire.post("/v1/refunds", {"payment_intent": "pi_none"}).status_code == 404
    assert wire.post("/v1/refunds", {}).status_code == 400


def test_what_was_answered_outlives_sigkill(tmp_path: Path, key: str) -> None:
    state = tmp_path / "state.db"
    with simulators.cards(state) as simulator:
        charged = Wire(simulator.url).charge(key, **of(key)).json()
        simulator.process.kill()
    with simulators.cards(state) as simulator:
        wire = Wire(simulator.url)
        again = wire.charge(key, **of(key))
        assert (again.json(), again.headers["Idempotent-Replayed"]) == (charged, "true")
        assert wire.charges_of(key) == [charged]


def test_a_request_that_is_killed_while_held_had_no_effect(tmp_path: Path, key: str) -> None:
    state = tmp_path / "state.db"
    with simulators.cards(state) as simulator, ThreadPoolExecutor(1) as pool:
        simulator.fault("hold")
        held = pool.submit(Wire(simulator.url).charge, key, **of(key))
        simulator.await_held()
        simulator.process.kill()
        assert isinstance(held.exception(), httpx.TransportError)
    with simulators.cards(state) as simulator:
        wire = Wire(simulator.url)
        assert wire.charges_of(key) == []
        assert "Idempotent-Replayed" not in wire.charge(key, **of(key)).headers


def test_it_ends_with_0_even_while_it_holds_a_request(tmp_path: Path, key: str) -> None:
    with simulators.cards(tmp_path / "state.db") as simulator, ThreadPoolExecutor(1) as pool:
        simulator.fault("hold")
        held = pool.submit(Wire(simulator.url).charge, key)
        simulator.await_held()
        assert simulator.process.stop() == 0
        assert held.exception() or held.result().status_code == 500
