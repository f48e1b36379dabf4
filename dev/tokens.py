"""`python -m dev.tokens`: a token for one's own machine, signed with a key made there.

The API takes it only where AUTH=jwt points to that key's JWKS, which is written beside it.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from api.auth.scopes import Scope

ISSUER = "urn:orders-and-payments:development"
AUDIENCE = "orders-and-payments"
ALGORITHM = "ES256"
LIFETIME = timedelta(hours=8)

OF_A_CUSTOMER = (Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.CARDS_WRITE)


class Mint:
    """An issuer of tokens whose key and JWKS are in a folder."""

    def __init__(self, folder: Path) -> None:
        """Makes the key if there is none; nobody else can read it."""
        folder.mkdir(parents=True, exist_ok=True)
        self._key = _key(folder / "key.pem")
        public = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        self._key_id = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()[:16]
        self.jwks = folder / "jwks.json"
        described = public | {"kid": self._key_id, "alg": ALGORITHM, "use": "sig"}
        text = json.dumps({"keys": [described]}, indent=2) + "\n"
        if not self.jwks.exists() or self.jwks.read_text() != text:
            self.jwks.write_text(text)

    def token(
        self, subject: str, scopes: Sequence[str], lifetime: timedelta = LIFETIME, **claims: Any
    ) -> str:
        """Issued now to that subject; `claims` add to the usual ones, or replace them."""
        now = int(time.time())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "scope": " ".join(scopes),
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
        }
        headers = {"kid": self._key_id}
        return jwt.encode(usual | claims, self._key, algorithm=ALGORITHM, headers=headers)


def _key(file: Path) -> ec.EllipticCurvePrivateKey:
    if not file.exists():
        made = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(made)
    key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        sys.exit(f"{file} holds no key for {ALGORITHM}; remove it, and another is made.")
    return key


def main() -> None:
    """The token on stdout; on stderr how to start an API that takes it."""
    parser = argparse.ArgumentParser(prog="python -m dev.tokens", description=__doc__)
    parser.add_argument("--customer", help="whose; without one the token is the operator's")
    parser.add_argument(
        "--scope",
        nargs="+",
        choices=[*map(str, Scope)],
        metavar="SCOPE",
        help=f"of {', '.join(Scope)}; by default a customer's, or all of them",
    )
    parser.add_argument(
        "--hours",
        type=float,
        default=LIFETIME / timedelta(hours=1),
        help="how long it is valid (default: %(default)s)",
    )
    folder = Path(os.environ.get("DATA_DIR", ".data")) / "tokens"
    parser.add_argument(
        "--folder",
        type=Path,
        default=folder,
        help="where the key is, and is made (default: %(default)s)",
    )
    asked = parser.parse_args()
    mint = Mint(asked.folder)
    scopes = asked.scope or (OF_A_CUSTOMER if asked.customer else tuple(Scope))
    token = mint.token(asked.customer or "operator", scopes, timedelta(hours=asked.hours))
    settings = f"AUTH=jwt JWT_KEYS={mint.jwks} JWT_ISSUER={ISSUER} JWT_AUDIENCE={AUDIENCE}"
    sys.stderr.write(f"For an API started with {settings}\n")
    sys.stdout.write(f"{token}\n")


if __name__ == "__main__":
    main()
