"""The one way to a Temporal server, for the API and the workers alike."""

import re
import sys
from dataclasses import replace
from ipaddress import IPv6Address

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime
from temporalio.service import TLSConfig

from security.payload_codec import EncryptionCodec
from security.payload_keys import Accepted, PayloadKeys
from temporal.runtime import own_runtime

DEFAULT_ADDRESS = "127.0.0.1:7233"

NO_KEYS = PayloadKeys()
"""For who neither writes nor reads payloads."""


_HOST_NAME = re.compile(r"[^\s:/?#%@\[\]\\^|<>\"`{}]+")
_LAST_PORT = 65_535


def check_settings() -> None:
    """Ends this process, with a line that says why, if Temporal's own settings are invalid."""
    try:
        config = ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        sys.exit(f"Temporal's settings, TEMPORAL_… or its configuration file: {error}")
    address = config.get("target_host", DEFAULT_ADDRESS)
    tls = config.get("tls")
    if isinstance(tls, TLSConfig) and bool(tls.client_cert) != bool(tls.client_private_key):
        sys.exit("TEMPORAL_TLS_CLIENT_CERT_… and TEMPORAL_TLS_CLIENT_KEY_… need each other.")
    if not _is_address(address):
        sys.exit(f"TEMPORAL_ADDRESS={address} must be host:port, such as {DEFAULT_ADDRESS}.")


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        return False
    if host.startswith("[") and host.endswith("]"):
        try:
            return bool(IPv6Address(host[1:-1]))
        except ValueError:
            return False
    return bool(_HOST_NAME.fullmatch(host))


def data_converter(keys: PayloadKeys, accepted: Accepted = Accepted.ENCRYPTED) -> DataConverter:
    """Pydantic models, encrypted as soon as there is a key; failures' messages and traces too."""
    converter = replace(pydantic_data_converter, payload_codec=EncryptionCodec(keys, accepted))
    if not keys:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


async def connect(
    keys: PayloadKeys,
    accepted: Accepted = Accepted.ENCRYPTED,
    *,
    lazy: bool = False,
    runtime: Runtime | None = None,
    address: str | None = None,
) -> Client:
    """A client for this process and event loop, connected to `address`, or else to the server
    that `temporalio.envconfig` names.

    A `lazy` one connects with its first call, so that its process starts while Temporal is
    unavailable; a worker can't use such a client. Without a `runtime` it creates one. Raises
    `RuntimeError` if there is no answer.
    """
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = address or config.get("target_host", DEFAULT_ADDRESS)
    return await Client.connect(
        **config,
        lazy=lazy,
        data_converter=data_converter(keys, accepted),
        runtime=runtime or own_runtime(),
    )
