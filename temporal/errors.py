"""Why no Temporal server can be used; each message is one line."""


class ServerUnavailableError(Exception):
    """No Temporal server can be reached or started; the message says why, in one line."""


class PortTakenError(ServerUnavailableError):
    """A port that the server was to listen on is in use."""

    def __init__(self, port: int, purpose: str) -> None:
        super().__init__(f"Port {port} ({purpose}) is taken on 127.0.0.1: stop what listens there.")
        self.port = port
