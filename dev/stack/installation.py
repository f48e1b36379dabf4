"""The folder and the addresses of a stack, and the environment of its processes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from config import Settings
from dev.stack.ports import Ports
from dev.stack.secrets import local_secret

# The application's settings, as environment variables.
SETTINGS = {field.upper() for field in Settings.model_fields}

DEVELOPMENT_LIMITS = {
    # All clients of this API have the same address.
    "REQUESTS_PER_MINUTE_AND_ADDRESS": "1000000",
    # Tests, measurements and presenters open a lot for the same few customers.
    "OPEN_ORDERS_PER_CUSTOMER": "1000000",
    "OPEN_PAYMENTS_PER_CUSTOMER": "1000000",
    "UNPAID_PIECES_PER_CUSTOMER": "1000000000",
}


class Installation:
    """Keeps all state in `folder`, logs in `folder/logs`.

    `environment` adds settings, or replaces those below; with TEMPORAL_ADDRESS in it, that server
    is used and none is started. No other settings are used, neither from the caller's environment
    nor from a file, so that a test never reaches real data. `worker` is python's command line for
    the worker.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports | None = None,
        environment: Mapping[str, str] | None = None,
        worker: str = "worker.py",
    ) -> None:
        """Creates and starts nothing yet."""
        self.folder = folder.resolve()
        self.ports = ports or Ports.free()
        self.logs = self.folder / "logs"
        self._given = dict(environment or {})
        self._worker = worker
        local = "http://127.0.0.1"
        self.api_url = f"{local}:{self.ports.api}"
        self.codec_url = f"{local}:{self.ports.codec}"
        self.ui_url = f"{local}:{self.ports.temporal_ui}"
        self.cards_url = f"{local}:{self.ports.cards}"
        self.carrier_url = f"{local}:{self.ports.carrier}"
        self.mailbox_url = f"{local}:{self.ports.mailbox}"
        self.smtp_url = f"smtp://127.0.0.1:{self.ports.smtp}"
        self.temporal_address = self._given.get(
            "TEMPORAL_ADDRESS", f"127.0.0.1:{self.ports.temporal}"
        )

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of the processes."""
        settings = {
            "DATABASE_URL": f"sqlite:///{self.folder}/orders.db",
            "STRIPE_API_KEY": "sk_test_simulator",
            "STRIPE_API_BASE": self.cards_url,
            **self._simulators_script,
            "STRIPE_WEBHOOK_SECRETS": self._webhook_secret,
            "CARRIER_URL": self.carrier_url,
            "SMTP_URL": self.smtp_url,
            "TEMPORAL_UI_URL": self.ui_url,
            "DEVELOPMENT_MODE": "true",
            "AUTH": "none",
            "API_HOST": "127.0.0.1",
            "CODEC_HOST": "127.0.0.1",
            "PUBLIC_URL": self.api_url,
            **DEVELOPMENT_LIMITS,
            "PAYLOAD_KEYS": f"local:{local_secret(self.folder / 'secrets' / 'payloads')}",
            "CODEC_ORIGINS": f"{self.ui_url},http://localhost:{self.ports.temporal_ui}",
            "CARD_LINK_KEYS": local_secret(self.folder / "secrets" / "card-links"),
            "SETTINGS_FILE": "",
            "PYTHONUNBUFFERED": "1",
            # Without .pyc files, workflow modules would be compiled for every workflow run.
            "PYTHONDONTWRITEBYTECODE": "",
        }
        for_supervisor = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "STACK_FOLDER": str(self.folder),
            "STACK_WORKER": self._worker,
            "STACK_TEMPORAL_ADDRESS": self.temporal_address,
            "STACK_WEBHOOK_SECRETS": self._simulators_webhook_secrets,
        }
        if "TEMPORAL_ADDRESS" not in self._given:
            # Our server is reached without what ~/.config/temporalio says.
            settings["TEMPORAL_CONFIG_FILE"] = os.devnull
        inherited = {name: text for name, text in os.environ.items() if not _is_setting(name)}
        return inherited | settings | self.ports.variables | self._given | for_supervisor

    @property
    def client_environment(self) -> dict[str, str]:
        """The environment variables of a further process, with which it reaches Temporal."""
        # Not of all: the process that is to start our server would find that there is one.
        return self.environment | {"TEMPORAL_ADDRESS": self.temporal_address}

    @property
    def _webhook_secret(self) -> str:
        return f"whsec_{local_secret(self.folder / 'secrets' / 'webhooks')}"

    @property
    def _simulators_webhook_secrets(self) -> str:
        """Given secrets are for the simulator only if it is the card provider; else for Stripe."""
        is_provider = self._given.get("STRIPE_API_BASE", self.cards_url) == self.cards_url
        given = self._given.get("STRIPE_WEBHOOK_SECRETS") if is_provider else None
        return self._webhook_secret if given is None else given

    @property
    def _simulators_script(self) -> dict[str, str]:
        """The simulator's Stripe.js is for its own charges only."""
        base = self._given.get("STRIPE_API_BASE", self.cards_url)
        if not base.startswith("http://127.0.0.1:"):
            return {}
        mode = "live" if "_live_" in self._given.get("STRIPE_API_KEY", "") else "test"
        return {"STRIPE_PUBLISHABLE_KEY": f"pk_{mode}_simulator", "STRIPE_JS_BASE": base}


def _is_setting(name: str) -> bool:
    """Whether the application, or its Temporal client, reads this environment variable."""
    return name.upper() in SETTINGS or name.upper().startswith("TEMPORAL_")
