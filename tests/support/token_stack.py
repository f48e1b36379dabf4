"""A stack whose API requires tokens (AUTH=jwt)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.auth.scopes import Scope
from dev.stack.stack import Stack
from dev.tokens import OF_A_CUSTOMER, Mint
from tests.support.shop import Shop


class TokenStack(Stack):
    """Trusts the tokens that it issues itself; `environment` and `worker` are as in Stack."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] | None = None,
        worker: str = "worker.py",
    ) -> None:
        self._mint = Mint(folder / "tokens")
        settings = self._mint.settings | dict(environment or {})
        super().__init__(folder, environment=settings, worker=worker)

    def token(self, subject: str, *scopes: str) -> str:
        """A token for that subject with these scopes, or with those of a customer."""
        return self._mint.token(subject, scopes or OF_A_CUSTOMER)

    def operator_token(self) -> str:
        """A token with all scopes."""
        return self.token("operator", *Scope)

    @contextmanager
    def shop(self, token: str) -> Iterator[Shop]:
        """The system as the bearer of the token sees it."""
        shop = Shop(self, token)
        try:
            yield shop
        finally:
            shop.http.close()
