"""Stripe's API as any HTTP client sees it."""

from typing import Any

import httpx

from tests.support.simulators import SECRET_KEY


class Wire:
    """Requests to the simulator at `url`."""

    def __init__(self, url: str, key: str = SECRET_KEY) -> None:
        self._url = url
        self._auth = (key, "")

    def get(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(self._url + path, params=params, auth=self._auth, timeout=60)

    def post(self, path: str, form: dict[str, str], key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return httpx.post(self._url + path, data=form, headers=headers, auth=self._auth, timeout=60)

    def charge(self, key: str | None = None, **changes: str) -> httpx.Response:
        form = {
            "amount": "2500",
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "confirm": "true",
            "off_session": "true",
        }
        return self.post("/v1/payment_intents", form | changes, key)

    def charges_of(self, payment: str) -> list[dict[str, Any]]:
        query = f"metadata['payment']:'{payment}'"
        return self.get("/v1/payment_intents/search", query=query).json()["data"]


def error(answer: httpx.Response) -> dict[str, Any]:
    return answer.json()["error"]


def of(payment: str, attempt: int = 1) -> dict[str, str]:
    return {"metadata[payment]": payment, "metadata[attempt]": str(attempt)}
