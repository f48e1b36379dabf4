"""The REST client: what it repeats, what it raises, and what it reads from a stream."""

import httpx
import pytest

from clients import calls
from clients.errors import RefusedError, UnavailableError
from clients.rest import AsyncRestClient, Event, RestClient
from tests.support.scripted_http import Script
from tests.unit.clients.answers import EVENTS, NOT_FOUND, ORDER, event

UNAVAILABLE = {"title": "Unavailable", "detail": "The database is unavailable."}


def test_a_patient_client_repeats_what_is_unavailable(api: Script) -> None:
    api.answer(503, UNAVAILABLE, Retry_After="0")
    api.answer(503, UNAVAILABLE, Retry_After="0")
    api.answer(200, ORDER)
    with RestClient(api.url, patience=60) as client:
        assert client.send(calls.get_order("o-1")) == ORDER
    assert len(api.requests) == 3


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [(503, "7", 7.0), (429, "7", 7.0), (500, "Wed, 21 Oct 2026 07:28:00 GMT", None)],
)
def test_an_impatient_client_raises(
    api: Script, status: int, retry_after: str, seconds: float | None
) -> None:
    api.answer(status, UNAVAILABLE, Retry_After=retry_after)
    with RestClient(api.url) as client, pytest.raises(UnavailableError) as raised:
        client.send(calls.get_order("o-1"))
    assert (raised.value.status, raised.value.retry_after) == (status, seconds)


@pytest.mark.parametrize(
    ("url", "token"),
    [("http://xn--/", None), ("http://[::1", None), ("http://a", "\u00fc"), ("http://a", "a\nb")],
)
def test_what_is_no_url_or_no_token(url: str, token: str | None) -> None:
    with pytest.raises(UnavailableError, match=r"is not the URL|The token is none") as one:
        RestClient(url, token)
    assert token is None or token not in str(one.value)


def test_a_stream_is_read_from_an_event_on(api: Script) -> None:
    # A comment, as the API sends to keep a connection alive, is no event.
    api.answer(200, f": ping\n\n{event(2, 'OrderFulfilled', 0)}", Content_Type=EVENTS)
    with RestClient(api.url) as client:
        [found] = client.events({"order/o-1": 1})
    assert found == Event("order", "o-1", 2, "OrderFulfilled", "2026-03-01T12:00:00Z", {})
    headers = api.requests[0].headers
    assert (headers["accept"], headers["last-event-id"]) == (EVENTS, "1")


def test_an_orders_stream_has_the_events_of_its_payment_too(api: Script) -> None:
    both = event(1, "OrderPlaced", 0, of="order/o-1") + event(4, "Declined", 0, of="payment/o-1")
    api.answer(200, both, Content_Type=EVENTS)
    with RestClient(api.url) as client:
        found = list(client.events({"order/o-1": 0, "payment/o-1": 3}))
    assert [(one.stream, one.sequence) for one in found] == [("order/o-1", 1), ("payment/o-1", 4)]
    assert api.requests[0].path == "/orders/o-1/events?also=payment%2Fo-1"
    assert api.requests[0].headers["last-event-id"] == "0,3"


def test_a_stream_without_any_more_events_is_empty(api: Script) -> None:
    api.answer(204, "")
    with RestClient(api.url) as client:
        assert list(client.events({"order/o-1": 5})) == []


@pytest.mark.parametrize(
    ("status", "content_type"), [(404, "application/json"), (200, "text/html")]
)
def test_no_stream_is_refused(api: Script, status: int, content_type: str) -> None:
    api.answer(status, NOT_FOUND, Content_Type=content_type)
    with RestClient(api.url) as client, pytest.raises(RefusedError) as raised:
        list(client.events({"order/o-1": 0}))
    assert raised.value.status == status


async def test_the_asynchronous_client_sends_and_raises_the_same(api: Script) -> None:
    api.answer(202, ORDER)
    api.answer(404, NOT_FOUND)
    call = calls.place_order("kermit", [("lily", 2)], policy="charge_later", key="k-1")
    async with AsyncRestClient(api.url, limits=httpx.Limits()) as client:
        assert await client.send(call) == ORDER
        with pytest.raises(RefusedError, match="There is no order"):
            await client.send(calls.get_order("o-1"))
    assert api.requests[0].headers["idempotency-key"] == "k-1"
