"""`python -m deploy.health_check URL`: exits with 0 if a process of ours answers there with 200.

`--containing TEXT` also wants that text in the answer. For health checks inside a container.
"""

import argparse
import http.client
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0


def complaint(url: str, containing: str) -> str | None:
    """What is wrong with the answer; None if nothing is."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname is None:
        return f"{url} is no http:// address"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"{url} does not answer: {error}"
    finally:
        connection.close()
    if response.status != http.client.OK:
        return f"{url} answers {response.status}"
    return None if containing in body else f"{url} says nothing of {containing}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.health_check", description=__doc__)
    parser.add_argument("url", help="http:// address to ask")
    parser.add_argument("--containing", default="", help="text that the answer must hold")
    given = parser.parse_args()
    sys.exit(complaint(given.url, given.containing))
