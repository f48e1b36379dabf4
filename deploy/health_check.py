"""`python -m deploy.health_check URL`: exits with 0 if the URL returns 200. For use in containers.

With `--containing TEXT` the response must also contain that text.
"""

import argparse
import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0


def find_fault(url: str, containing: str) -> str | None:
    """Why the process at the URL is not healthy; None if it is."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return f"{url} is not an http:// address: {error}"
    if parts.scheme != "http" or host is None:
        return f"{url} is not an http:// address"
    try:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    except http.client.InvalidURL as error:
        return f"{url} is not an http:// address: {error}"
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"{url} does not answer: {error}"
    finally:
        connection.close()
    if response.status != http.client.OK:
        return f"{url} answers {response.status}"
    return None if containing in body else f"{url} does not contain {containing}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.health_check", description=__doc__)
    parser.add_argument("url", help="http:// address to request")
    parser.add_argument("--containing", default="", help="text that the response must contain")
    given = parser.parse_args()
    sys.exit(find_fault(given.url, given.containing))
