"""Settings: who may reach the API and the codec server, and how they are authenticated."""

from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from config.section import HostName, KeySource, Origins, Port, Section, Text, split

LOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}


class Auth(StrEnum):
    """How the API authenticates its callers."""

    NONE = "none"
    JWT = "jwt"


class Access(Section):
    """Where the API and the codec server listen, and whom they answer."""

    api_host: HostName = "127.0.0.1"
    api_port: Port = 8000

    codec_host: HostName = "127.0.0.1"
    codec_port: Port = 8081
    """Address of the codec server, which decrypts payloads for Temporal's Web UI and CLI."""

    codec_origins: Origins = "http://127.0.0.1:8233,http://localhost:8233"
    """Origins of Temporal's Web UI, separated by commas: only pages from there may use the codec
    server.
    """

    auth: Auth = Auth.NONE
    """`jwt` requires bearer tokens. `none` requires nothing, and is for a developer's own machine:
    the API and the codec server then bind to loopback only.
    """

    allow_unauthenticated_remote_access: bool = False
    """With `AUTH=none`, allows the API and the codec server to bind to other interfaces than
    loopback: every client that can connect may then read and change everything. Set it only where
    the network in front restricts access, as docker-compose.yml does.
    """

    security_log: Text = ""
    """The file that API and codec server append security events to, one JSON object a line; empty:
    the process's own log.
    """

    security_log_megabytes: Annotated[int, Field(ge=1, le=100_000)] = 100
    """How large that file becomes before another one begins; nine full ones are kept beside it."""

    jwt_keys: KeySource = ""
    """The token issuer's JSON Web Key Set: a file, or an https:// URL (http:// on loopback)."""

    jwt_issuer: Text = ""
    jwt_audience: Text = ""
    """Required values of the tokens' claims `iss` and `aud`."""

    jwt_customer_claim: Annotated[
        str, Field(pattern=r"^[!-~]{1,200}$", description="the name of a claim, such as sub")
    ] = "sub"
    """The claim whose value is the customer's id, or a subject of which it is derived
    (domain/subjects.py); for issuers that put the id into a claim of its own.
    """

    @property
    def codec_web_uis(self) -> list[str]:
        """`codec_origins`, parsed."""
        return split(self.codec_origins)

    @model_validator(mode="after")
    def _check_bind_addresses(self) -> Self:
        if self.auth is not Auth.NONE or self.allow_unauthenticated_remote_access:
            return self
        for name, what in (("api_host", "the API"), ("codec_host", "the codec server")):
            host = getattr(self, name)
            if host not in LOOPBACK_HOSTS:
                message = (
                    f"With AUTH=none, {name.upper()}={host} would open {what} to every client that "
                    "can connect. Use 127.0.0.1 or AUTH=jwt, or set "
                    "ALLOW_UNAUTHENTICATED_REMOTE_ACCESS=true if the network restricts access."
                )
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _check_jwt_settings(self) -> Self:
        if self.auth is not Auth.JWT:
            return self
        for name in ("jwt_keys", "jwt_issuer", "jwt_audience"):
            if not getattr(self, name):
                message = f"AUTH=jwt requires {name.upper()}."
                raise ValueError(message)
        keys = urlsplit(self.jwt_keys)
        if keys.scheme == "http" and keys.hostname not in LOOPBACK_HOSTS:
            message = "JWT_KEYS over http:// could be forged on the way; use https://."
            raise ValueError(message)
        return self
