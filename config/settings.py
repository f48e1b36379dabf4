"""All settings in one class, and how a process reads them."""

import sys
from typing import Self
from urllib.parse import urlsplit

from pydantic import ValidationError, model_validator

from config.access import LOOPBACK_HOSTS, Access
from config.capacity import Capacity
from config.connections import Connections
from config.http_server import HttpServer
from config.keys import Keys
from config.process import Process


class Settings(Connections, Process, Keys, Access, HttpServer, Capacity):
    """Addresses, credentials, limits and timeouts of all processes.

    `temporalio.envconfig` reads Temporal's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
    TLS, …). A file may hold settings too: the one that SETTINGS_FILE names, by default `.env` in
    the working directory. An empty SETTINGS_FILE means no file.
    """

    @model_validator(mode="after")
    def _check_links(self) -> Self:
        url = urlsplit(self.public_url)
        if self.card_link_secrets and url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
            message = "PUBLIC_URL must begin with https://: the links in mails contain secrets."
            raise ValueError(message)
        return self


def read_settings() -> Settings:
    """The settings of this process; exits with a one-line message if they are invalid."""
    try:
        return Settings()
    except ValidationError as error:
        sys.exit("; ".join(_message(**detail) for detail in error.errors()))


def _message(*, loc: tuple[int | str, ...], msg: str, **_: object) -> str:
    setting, message = ".".join(map(str, loc)).upper(), msg.removeprefix("Value error, ")
    return f"{setting}: {message}" if setting else message
