"""Acts for customers and banks at the card provider's simulator, and controls its webhooks."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class CardHolders:
    """Customers, banks and users of the dashboard; `url` is the simulator's."""

    url: str

    def authenticate(self, intent: str, *, succeeds: bool = True) -> httpx.Response:
        """The customer authenticates the charge, or fails to."""
        return self._post(f"/_customers/{intent}", authenticates=succeeds)

    def take_time(self, *, on: bool = True) -> None:
        """Banks leave charges processing from now on, or no longer."""
        self._post("/_bank", takes_its_time=on).raise_for_status()

    def settle(self, intent: str, *, pays: bool = True) -> None:
        """A bank decides a charge."""
        self._post(f"/_bank/{intent}", pays=pays).raise_for_status()

    def refund(self, intent: str, amount: int) -> None:
        """Refund `amount` cents in the dashboard."""
        self._post(f"/_dashboard/{intent}", refund=amount).raise_for_status()

    def dispute(self, intent: str, status: str) -> str:
        """The cardholder disputes the charge, or the dispute has news; returns its id."""
        return self._post(f"/_disputes/{intent}", status=status).raise_for_status().json()["id"]

    def warn(self, intent: str) -> str:
        """The bank sends an early fraud warning; returns its id."""
        return self._post(f"/_fraud_warnings/{intent}").raise_for_status().json()["id"]

    def settle_refund(self, refund: str, *, fails: bool = False) -> None:
        """A pending refund succeeds, or a refund fails, be it days later."""
        self._post(f"/_refunds/{refund}", fails=fails).raise_for_status()

    def webhooks(self, **switches: Any) -> None:
        """See `dev.simulators.cards.webhooks`; without switches there is no fault."""
        self._post("/_webhooks", **switches).raise_for_status()

    def webhook_events(self, intent: str | None = None) -> list[dict[str, Any]]:
        """All webhook events, sent or not; with `intent`, those about that PaymentIntent."""
        events = httpx.get(f"{self.url}/_webhooks", trust_env=False, timeout=60).json()["events"]
        return [one for one in events if intent in {None, one["intent"]}]

    def _post(self, path: str, **body: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=60)
