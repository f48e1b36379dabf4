"""What can go wrong on the way to a Temporal server, each told in one line."""


class ServerUnavailableError(Exception):
    """There will be no Temporal server; the text says why, in one line, for the person who wants
    one.
    """


class PortTakenError(ServerUnavailableError):
    """A port that the server was to listen on is in use."""

    def __init__(self, port: int, purpose: str) -> None:
        super().__init__(f"Port {port} ({purpose}) is taken on 127.0.0.1: stop what listens there.")
        self.port = port
