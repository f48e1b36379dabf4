"""What people do at the card provider's simulator, and how its webhooks misbehave."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class CardPeople:
    """Customers, banks, and whoever uses the dashboard; `url` is the simulator's."""

    url: str

    def authenticate(self, intent: str, *, succeeds: bool = True) -> httpx.Response:
        """The customer's 3-D Secure."""
        return self._post(f"/_customers/{intent}", authenticates=succeeds)

    def take_time(self, *, on: bool = True) -> None:
        """Banks leave charges processing from now on, or no longer."""
        self._post("/_bank", takes_its_time=on).raise_for_status()

    def settle(self, intent: str, *, pays: bool = True) -> None:
        """A bank comes to a decision."""
        self._post(f"/_bank/{intent}", pays=pays).raise_for_status()

    def refund(self, intent: str, amount: int) -> None:
        """In the dashboard; `amount` in cents."""
        self._post(f"/_dashboard/{intent}", refund=amount).raise_for_status()

    def webhooks(self, **switches: Any) -> None:
        """See `dev.simulators.cards.webhooks`; without any switch they behave."""
        self._post("/_webhooks", **switches).raise_for_status()

    def told(self, intent: str | None = None) -> list[dict[str, Any]]:
        """The events that are, were or should have been sent; those about a PaymentIntent."""
        told = httpx.get(f"{self.url}/_webhooks", trust_env=False).json()["events"]
        return [one for one in told if intent in {None, one["intent"]}]

    def _post(self, path: str, **body: Any) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=10)
