"""`python tls_forwarder.py CERTIFICATE HOST:PORT=HOST:PORT…`: ends TLS for those that do not.

Listens at each port on the left; the name that a client requests decides where its bytes go. Runs
in a container that has nothing but Python.
"""

import asyncio
import ssl
import sys
from contextlib import suppress


async def main(certificate: str, routes: dict[str, str]) -> None:
    """Serves until it is ended."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = _note_name

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = writer.get_extra_info("sockname")[1]
        wanted = writer.get_extra_info("ssl_object").wanted
        host, _, target = routes[f"{wanted}:{port}"].rpartition(":")
        with suppress(OSError):
            inner_reader, inner_writer = await asyncio.open_connection(host, int(target))
            await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))
        writer.close()

    for port in {int(route.rpartition(":")[2]) for route in routes}:
        await asyncio.start_server(forward, "0.0.0.0", port, ssl=context)
    await asyncio.Event().wait()


def _note_name(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
    connection.wanted = name  # pyright: ignore[reportAttributeAccessIssue]


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], dict(route.split("=") for route in sys.argv[2:])))
