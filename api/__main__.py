"""`python -m api`: migrate the database, then serve the REST API until SIGTERM."""

from functools import partial

from api.app import create_app
from api.infrastructure import server
from storage.migrate import migrate


def main() -> None:
    """Serve until SIGTERM or SIGINT; then exit with 0."""
    settings = server.initialize()
    app = create_app(settings, prepare=partial(migrate, settings.database_url))
    server.serve(app, "The API", settings.api_host, settings.api_port, settings)


if __name__ == "__main__":
    main()
