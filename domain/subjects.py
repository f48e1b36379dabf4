"""`python -m domain.subjects SUBJECT`: the customer's id of a token's subject.

Issuers identify people by what suits them: `auth0|5f7c…`, an e-mail address, a URL, 255 characters
at most (https://openid.net/specs/openid-connect-core-1_0.html#IDToken). Ids of customers stand in
paths, workflow ids, search attributes and logs, where such a text does not fit or must not be.
"""

import base64
import hashlib
import re
import sys
from typing import Annotated

from pydantic import Field

from domain.field_types import OneLine

Subject = Annotated[str, Field(min_length=1, max_length=255), OneLine]

_CUSTOMER_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DERIVED = re.compile(r"sub-[a-z2-7]{52}")


def customer_id_of(subject: str) -> str:
    """The subject itself if it can be a customer's id, else `sub-` and its SHA-256 in base32.

    No two subjects have the same id: one that looks like a derived id is not taken as it is.
    """
    if _CUSTOMER_ID.fullmatch(subject) and not _DERIVED.fullmatch(subject):
        return subject
    # Half a character has an id too: whoever checks the subject then says what is wrong with it.
    digest = hashlib.sha256(subject.encode(errors="surrogatepass")).digest()
    return f"sub-{base64.b32encode(digest).decode().removesuffix('====').lower()}"


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004  the program and the subject
        sys.exit(f"{sys.argv[1:]} must be one subject.")
    sys.stdout.write(f"{customer_id_of(sys.argv[1])}\n")
