"""Which tokens are taken, and which keys they may be signed with."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from api.auth import jwks
from api.auth.jwks import JwksCache
from api.auth.jwt import LEEWAY_SECONDS, TokenVerifier
from api.auth.scopes import Scope
from api.errors import DependencyUnavailableError, TokenRefusedError
from dev.tokens import AUDIENCE, ISSUER, Mint
from domain.subjects import customer_id_of
from tests.integration.api.matrix import settings
from tests.support.scripted_http import scripted_http

READ = (Scope.ORDERS_READ,)


@pytest.fixture
def mint(tmp_path: Path) -> Mint:
    """The issuer."""
    return Mint(tmp_path)


@pytest.fixture
def tokens(tmp_path: Path, mint: Mint) -> TokenVerifier:
    """Of an API that trusts the issuer."""
    del mint
    return TokenVerifier(settings(tmp_path))


async def fault(tokens: TokenVerifier, token: str) -> str:
    """Why the token is not taken."""
    with pytest.raises(TokenRefusedError) as refused:
        await tokens.caller(token)
    return str(refused.value)


async def test_whose_it_is_and_what_it_allows(tokens: TokenVerifier, mint: Mint) -> None:
    customer = await tokens.caller(mint.token("kermit", [*READ, "admin", "orders:"]))
    assert (customer.owner, customer.scopes) == ("kermit", {"orders:read"})
    operator = await tokens.caller(mint.token("piggy", (Scope.OPERATOR,)))
    assert (operator.owner, operator.scopes) == (None, {"operator"})
    nothing = await tokens.caller(mint.token("kermit", ()))
    assert (nothing.owner, nothing.scopes) == ("kermit", set())


async def test_clocks_may_differ_a_little(
    tokens: TokenVerifier, mint: Mint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours stands still here."""
    now = datetime.now(UTC).replace(microsecond=0)

    class StoppedClock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(now.timestamp(), tz)

    monkeypatch.setattr(jwt.api_jwt, "datetime", StoppedClock)
    second, leeway = timedelta(seconds=1), timedelta(seconds=LEEWAY_SECONDS)

    def valid(**times: datetime) -> str:
        given: dict[str, Any] = {name: int(at.timestamp()) for name, at in times.items()}
        return mint.token("kermit", READ, iat=int(now.timestamp()), **given)

    assert await tokens.caller(valid(exp=now - leeway + second))
    assert await tokens.caller(valid(nbf=now + leeway))
    assert "has expired" in await fault(tokens, valid(exp=now - leeway))
    assert "not valid yet" in await fault(tokens, valid(nbf=now + leeway + second))


@pytest.mark.parametrize("claim", ["aud", "exp", "iss", "scope", "sub"])
async def test_every_claim_must_be_there(tokens: TokenVerifier, mint: Mint, claim: str) -> None:
    token = mint.token("kermit", READ)
    claims = jwt.decode(token, options={"verify_signature": False})
    del claims[claim]
    header = jwt.get_unverified_header(token)
    without = jwt.encode(claims, mint._key, algorithm="ES256", headers=header)
    assert "lacks" in await fault(tokens, without)


ODD_VALUES = [None, True, 1, -1, 1.5, 10**400, float("nan"), float("inf"), "", "\ud800", [], {}]
ODD_LISTS = [[None], [1], [[]], [{}], [""], ["orders:read", 1], {"orders:read": True}]
ODD_TIMES = [10**400, float("nan"), float("inf"), [], {}, "soon"]
ODD_SCOPES = ["orders:read\u00a0operator", "orders:read\toperator", "orders:read\noperator", 'a"b']

ODD_CLAIMS: list[dict[str, Any]] = [
    *({"sub": value} for value in [*ODD_VALUES, *ODD_LISTS, "x" * 256, "a\nb", "a\0b"]),
    *({"exp": value} for value in [*ODD_VALUES, *ODD_LISTS, *ODD_TIMES, "99999999999", 10**15]),
    *({"nbf": value} for value in ODD_TIMES),
    *({"iat": value} for value in [float("nan"), float("inf"), [], {}, "soon"]),
    *({"aud": value} for value in [*ODD_VALUES, *ODD_LISTS]),
    *({"iss": value} for value in [*ODD_VALUES, *ODD_LISTS]),
    *({"scope": value} for value in [*ODD_LISTS, *ODD_SCOPES, None, True, 1, 10**400, {}]),
]


@pytest.mark.parametrize("claims", ODD_CLAIMS, ids=range(len(ODD_CLAIMS)))
async def test_claims_of_another_form(
    tokens: TokenVerifier, mint: Mint, claims: dict[str, Any]
) -> None:
    await fault(tokens, signed(mint, {"sub": "kermit", "scope": "orders:read"} | claims))


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "orders:read operator"},
        {"scope": " orders:read  operator "},
        {"scope": ["orders:read", "operator"]},
        {"scp": ["orders:read", "operator"]},
        {"scp": "orders:read operator"},
    ],
)
async def test_scopes_are_divided_by_spaces_or_an_array(
    tokens: TokenVerifier, mint: Mint, claims: dict[str, Any]
) -> None:
    token = signed(mint, {"sub": "kermit"} | claims)
    assert (await tokens.caller(token)).scopes == {"orders:read", "operator"}


@pytest.mark.parametrize(
    "subject", ["auth0|abc", "kermit@example.com", "https://issuer.example/kermit", "K" * 255]
)
async def test_a_subject_that_is_no_id_has_a_customer(
    tokens: TokenVerifier, mint: Mint, subject: str
) -> None:
    caller = await tokens.caller(mint.token(subject, READ))
    assert caller.owner == customer_id_of(subject)
    assert caller.subject == subject


async def test_another_claim_names_the_customer(tmp_path: Path, mint: Mint) -> None:
    claim = "https://shop.example/customer"
    named = settings(tmp_path).model_copy(update={"jwt_customer_claim": claim})
    tokens = TokenVerifier(named)
    named_kermit: dict[str, Any] = {claim: "kermit"}
    caller = await tokens.caller(mint.token("auth0|abc", READ, **named_kermit))
    assert (caller.owner, caller.subject) == ("kermit", "auth0|abc")
    for odd in (None, 1, "", ["kermit"], "x" * 256):
        claims: dict[str, Any] = {claim: odd}
        token = mint.token("auth0|abc", READ, **claims)
        assert "names the customer" in await fault(tokens, token)
    assert "names the customer" in await fault(tokens, mint.token("auth0|abc", READ))
    # Operators are nobody's customers.
    assert (await tokens.caller(mint.token("auth0|abc", (Scope.OPERATOR,)))).owner is None


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "\u00e9.\u00e9.\u00e9", "e30.e30.e30", "W10.W10.W10", "x" * 10_000],
)
async def test_what_is_no_token(tokens: TokenVerifier, token: str) -> None:
    await fault(tokens, token)


@pytest.mark.parametrize(
    "header", [{"kid": []}, {"kid": {}}, {"kid": 1}, {"crit": ["x"]}, {"alg": []}, {"b64": False}]
)
async def test_odd_headers(tokens: TokenVerifier, mint: Mint, header: dict[str, Any]) -> None:
    _, claims, signature = mint.token("kermit", READ).split(".")
    usual = jwt.get_unverified_header(mint.token("kermit", READ))
    encoded = base64url_encode(json.dumps(usual | header).encode()).decode()
    await fault(tokens, f"{encoded}.{claims}.{signature}")


def signed(mint: Mint, claims: dict[str, Any]) -> str:
    """A token with these claims, beside who issued it for whom, and until when."""
    header = jwt.get_unverified_header(mint.token("kermit", READ))
    usual = {"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 60}
    payload = json.dumps(usual | claims).encode()  # PyJWT itself would refuse to sign some
    return jwt.PyJWS().encode(payload, mint._key, algorithm="ES256", headers=header)


async def test_one_audience_of_several_is_enough(tokens: TokenVerifier, mint: Mint) -> None:
    assert await tokens.caller(mint.token("kermit", READ, aud=["somebody-else", AUDIENCE]))


def _jwk(key: Any, algorithm: Any, **members: Any) -> dict[str, Any]:
    return json.loads(algorithm.to_jwk(key.public_key())) | {"kid": "k"} | members


RSA = rsa.generate_private_key(65537, 2048)
WEAK = rsa.generate_private_key(65537, 1024)
P256 = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("key", "jwk", "algorithm", "taken"),
    [
        (RSA, _jwk(RSA, RSAAlgorithm), "RS256", True),
        (RSA, _jwk(RSA, RSAAlgorithm, alg="PS256"), "PS256", True),
        (P256, _jwk(P256, ECAlgorithm), "ES256", True),
        (P384, _jwk(P384, ECAlgorithm, use="sig"), "ES384", True),
        (ED, _jwk(ED, OKPAlgorithm), "EdDSA", True),
        # The key says which algorithm, not the token.
        (RSA, _jwk(RSA, RSAAlgorithm, alg="PS256"), "RS256", False),
        (RSA, _jwk(RSA, RSAAlgorithm, use="enc"), "RS256", False),
        (RSA, _jwk(RSA, RSAAlgorithm, kid=""), "RS256", False),
        (RSA, _jwk(RSA, RSAAlgorithm, kid=["k"]), "RS256", False),
        (RSA, _jwk(RSA, RSAAlgorithm, kid={"k": "k"}), "RS256", False),
        (RSA, _jwk(RSA, RSAAlgorithm, use=["sig"]), "RS256", False),
        (WEAK, _jwk(WEAK, RSAAlgorithm), "RS256", False),
        (
            SECRET,
            {"kty": "oct", "kid": "k", "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"},
            "HS256",
            False,
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_keys(
    tmp_path: Path, key: Any, jwk: dict[str, Any], algorithm: str, *, taken: bool
) -> None:
    good = _jwk(P256, ECAlgorithm, kid="other")
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk, good]}))
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "kermit",
        "scope": "",
        "exp": time.time() + 60,
    }
    token = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k"})
    tokens = TokenVerifier(settings(tmp_path))
    if taken:
        assert (await tokens.caller(token)).owner == "kermit"
    else:
        await fault(tokens, token)


class Clock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one that decides how old keys are."""
    clock = Clock()
    monkeypatch.setattr(jwks, "time", clock)
    return clock


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every reading of keys, with what was read."""
    done: list[str] = []
    read = JwksCache._text

    async def counted(self: JwksCache) -> str:
        done.append("")
        done[-1] = await read(self)
        return done[-1]

    monkeypatch.setattr(JwksCache, "_text", counted)
    return done


async def test_new_keys_are_found_and_old_ones_go(
    tmp_path: Path, mint: Mint, tokens: TokenVerifier, clock: Clock, reads: list[str]
) -> None:
    old = mint.token("kermit", READ)
    for _ in range(3):
        assert await tokens.caller(old)
    (tmp_path / "key.pem").unlink()
    new = Mint(tmp_path).token("kermit", READ)
    # Not at once: anybody could make us ask the issuer all the time.
    for _ in range(3):
        assert "not signed with a key" in await fault(tokens, new)
    assert len(reads) == 1
    clock.seconds += jwks.COOLDOWN_SECONDS
    for _ in range(3):
        assert await tokens.caller(new)
        assert "not signed with a key" in await fault(tokens, old)
    assert len(reads) == 2
    clock.seconds += jwks.MAX_AGE_SECONDS
    assert await tokens.caller(new)
    assert len(reads) == 3


async def test_the_issuer_is_away(
    tmp_path: Path, mint: Mint, clock: Clock, reads: list[str]
) -> None:
    token = mint.token("kermit", READ)
    aside = mint.jwks.rename(tmp_path / "aside.json")
    tokens = TokenVerifier(settings(tmp_path))
    for _ in range(3):
        with pytest.raises(DependencyUnavailableError, match="the token issuer's keys"):
            await tokens.caller(token)
    assert len(reads) == 1
    clock.seconds += jwks.COOLDOWN_SECONDS
    aside.rename(mint.jwks)
    assert await tokens.caller(token)
    mint.jwks.unlink()
    clock.seconds += jwks.MAX_AGE_SECONDS
    assert await tokens.caller(token)
    assert len(reads) == 3


ODD_ALGORITHM = '{"keys": [{"kty": "oct", "kid": "k", "k": "MDEy", "alg": ["HS256"]}]}'


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"keys": []}', '{"keys": 1}', "\xff", "null", ODD_ALGORITHM),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
async def test_what_is_no_key_set(tmp_path: Path, mint: Mint, text: str) -> None:
    mint.jwks.write_text(text, "latin-1")
    with pytest.raises(DependencyUnavailableError):
        await TokenVerifier(settings(tmp_path)).caller(mint.token("kermit", READ))


async def test_keys_at_a_url(tmp_path: Path, mint: Mint, clock: Clock) -> None:
    token = mint.token("kermit", READ)
    with scripted_http() as issuer:
        url = f"{issuer.url}/.well-known/jwks.json"
        tokens = TokenVerifier(settings(tmp_path).model_copy(update={"jwt_keys": url}))
        issuer.answer(500, {})
        issuer.answer(302, "", Location=f"{issuer.url}/elsewhere")
        for _ in range(2):
            with pytest.raises(DependencyUnavailableError):
                await tokens.caller(token)
            clock.seconds += jwks.COOLDOWN_SECONDS
        issuer.answer(200, json.loads(mint.jwks.read_text()))
        for _ in range(3):
            assert await tokens.caller(token)
    assert [request.path for request in issuer.requests] == ["/.well-known/jwks.json"] * 3


async def test_many_at_once_ask_the_issuer_once(mint: Mint, reads: list[str]) -> None:
    tokens = TokenVerifier(settings(mint.jwks.parent))
    token = mint.token("kermit", READ)
    assert len(await asyncio.gather(*(tokens.caller(token) for _ in range(20)))) == 20
    assert len(reads) == 1
