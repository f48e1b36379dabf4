"""What every test may use, and may not: the settings of whoever runs the tests, and the product's
short limits, unless it is about them.
"""

import os
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

os.environ["SETTINGS_FILE"] = ""  # before `config` is imported, which reads it

from config import Settings
from tests.support.postgres import postgres

__all__ = ["postgres"]

GENEROUS_SECONDS = 120

for name in list(os.environ):
    if name.lower() in Settings.model_fields or name.startswith("TEMPORAL_"):
        del os.environ[name]
os.environ["TEMPORAL_CONFIG_FILE"] = os.devnull


@pytest.fixture(scope="session", autouse=True)
def product_limits() -> Iterator[Mapping[str, Any]]:
    """Where and what they are: that this machine stalls for some seconds is no outage."""
    milliseconds = 1000 * GENEROUS_SECONDS
    on_server = {"statement_timeout": milliseconds, "lock_timeout": milliseconds}
    generous = {
        "storage.database.BUSY_TIMEOUT_SECONDS": GENEROUS_SECONDS,
        "storage.database.CONNECT_TIMEOUT_SECONDS": GENEROUS_SECONDS,
        "storage.database.POOL_TIMEOUT_SECONDS": GENEROUS_SECONDS,
        "storage.database._LIMITS": on_server,
        "storage.database._MIGRATION_LIMITS": on_server,
        "storage.bounded_connection.WAIT_SECONDS": 2 * GENEROUS_SECONDS,
    }
    limits = {path: pkgutil.resolve_name(path) for path in generous}
    with pytest.MonkeyPatch.context() as patch:
        for path, limit in generous.items():
            patch.setattr(path, limit)
        yield limits
