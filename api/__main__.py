"""`python -m api`: check the database, and serve the REST API until SIGTERM."""

import os
import signal
import sys

from api.app import create_app
from api.infrastructure import server
from storage.startup import REFUSALS, check, require_folder


def main() -> None:
    """Serve until SIGTERM or SIGINT; then exit with 0.

    Exits with a line that says what to do if the database can't be this installation's.
    """
    settings = server.initialize()
    require_folder(settings.database_url)
    refusals: list[Exception] = []

    def check_or_stop() -> None:
        try:
            check(settings.database_url, settings.currency)
        except REFUSALS as refusal:
            refusals.append(refusal)
            # The server is running on another thread: it may have had to wait for the database.
            os.kill(os.getpid(), signal.SIGTERM)
            raise

    app = create_app(settings, prepare=check_or_stop)
    try:
        server.serve(app, "The API", settings.api_host, settings.api_port, settings)
    finally:
        if refusals:
            sys.exit(str(refusals[0]))


if __name__ == "__main__":
    main()
