"""`python -m dev.tokens`: issues a token for development, signed with a key of this machine.

An API accepts it only if AUTH=jwt and JWT_KEYS names that key's JWKS file, written beside the key.
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
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from api.auth.scopes import Scope
from config.arguments import number, writable_folder

ISSUER = "urn:orders-and-payments:development"
AUDIENCE = "orders-and-payments"
ALGORITHM = "ES256"
LIFETIME = timedelta(hours=8)
LONGEST_HOURS = 24 * 366

OF_A_CUSTOMER = (Scope.ORDERS_READ, Scope.ORDERS_WRITE, Scope.CARDS_WRITE)


class Mint:
    """Issues tokens; its key and JWKS are in a folder."""

    def __init__(self, folder: Path) -> None:
        """Makes the key if there is none, in a file that only this user can read."""
        folder.mkdir(parents=True, exist_ok=True)
        self._key = _key(folder / "key.pem")
        public = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        self._key_id = hashlib.sha256(json.dumps(public, sort_keys=True).encode()).hexdigest()[:16]
        self.jwks = folder / "jwks.json"
        described = public | {"kid": self._key_id, "alg": ALGORITHM, "use": "sig"}
        text = json.dumps({"keys": [described]}, indent=2) + "\n"
        if not self.jwks.exists() or self.jwks.read_text() != text:
            self.jwks.write_text(text)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of an API that accepts the tokens."""
        return {
            "AUTH": "jwt",
            "JWT_KEYS": str(self.jwks),
            "JWT_ISSUER": ISSUER,
            "JWT_AUDIENCE": AUDIENCE,
        }

    def token(
        self, subject: str, scopes: Sequence[str], lifetime: timedelta = LIFETIME, **claims: Any
    ) -> str:
        """A token for the subject, issued now; `claims` are added to the usual ones, or replace
        them.
        """
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
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        sys.exit(f"{file} holds no key for {ALGORITHM}; remove it, and a new one is made.")
    return key


def main() -> None:
    """Prints the token on stdout, and the settings of an API that accepts it on stderr."""
    parser = argparse.ArgumentParser(prog="python -m dev.tokens", description=__doc__)
    parser.add_argument(
        "--customer", help="the customer's id; without it, the token is the operator's"
    )
    parser.add_argument(
        "--scope",
        nargs="+",
        choices=[*map(str, Scope)],
        metavar="SCOPE",
        help=f"of {', '.join(Scope)}; by default a customer's, or all for the operator",
    )
    parser.add_argument(
        "--hours",
        type=number(0.01, LONGEST_HOURS),
        default=LIFETIME / timedelta(hours=1),
        help="valid for so many hours (default: %(default)s)",
    )
    folder = Path(os.environ.get("DATA_DIR", ".data")) / "tokens"
    parser.add_argument(
        "--folder",
        type=writable_folder,
        default=str(folder),
        help="the folder of the key, created if missing (default: %(default)s)",
    )
    options = parser.parse_args()
    mint = Mint(options.folder)
    scopes = options.scope or (OF_A_CUSTOMER if options.customer else tuple(Scope))
    token = mint.token(options.customer or "operator", scopes, timedelta(hours=options.hours))
    settings = " ".join(f"{name}={text}" for name, text in mint.settings.items())
    sys.stderr.write(f"For an API started with {settings}\n")
    sys.stdout.write(f"{token}\n")


if __name__ == "__main__":
    main()
