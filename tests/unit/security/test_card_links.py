"""A link is for one payment until its deadline, and for nothing else."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from security.card_links import AUDIENCE, CardLinks

OLD, NEW = "the-older-one-of-two-secrets-of-ours", "the-newer-one-of-two-secrets-of-ours"
SOON = datetime.now(UTC) + timedelta(hours=1)
PAGE = "https://shop.example.com/#/update-card/"


def token(keys: list[str], deadline: datetime = SOON) -> str:
    """Of a link for payment p-1."""
    link = CardLinks(keys, "https://shop.example.com").link("p-1", deadline)
    assert link is not None
    assert link.startswith(PAGE)
    return link.removeprefix(PAGE)


def test_it_says_which_payment_and_until_when_and_no_more() -> None:
    claims = jwt.decode(token([NEW]), NEW, ["HS256"], audience=AUDIENCE)
    assert claims == {"aud": AUDIENCE, "sub": "p-1", "exp": int(SOON.timestamp())}
    assert CardLinks([NEW], "").payment_id(token([NEW])) == "p-1"


def test_the_same_mail_has_the_same_link() -> None:
    assert token([NEW]) == token([NEW])


def test_keys_can_be_replaced() -> None:
    assert CardLinks([NEW, OLD], "").payment_id(token([OLD])) == "p-1"
    assert token([NEW, OLD]) == token([NEW])
    with pytest.raises(jwt.InvalidSignatureError):
        CardLinks([NEW], "").payment_id(token([OLD]))


def test_without_keys_there_are_no_links() -> None:
    none = CardLinks([], "https://shop.example.com")
    assert none.link("p-1", SOON) is None
    with pytest.raises(jwt.InvalidSignatureError):
        none.payment_id(token([NEW]))


def forged(key: str, **claims: object) -> str:
    """Signed with a key of ours, for something else."""
    said = {"aud": AUDIENCE, "sub": "p-2", "exp": SOON} | claims
    header = jwt.get_unverified_header(token([NEW]))
    return jwt.encode({k: v for k, v in said.items() if v is not None}, key, headers=header)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "a.b.c",
        token([NEW], datetime.now(UTC) - timedelta(seconds=1)),
        token([NEW])[:-2],
        token([NEW]).replace(".", ".e30", 1),
        forged(OLD),
        forged(NEW, aud="orders-and-payments"),
        forged(NEW, aud=None),
        forged(NEW, exp=None),
        forged(NEW, sub=None),
        jwt.encode({"aud": AUDIENCE, "sub": "p-2", "exp": SOON}, NEW),
    ],
)
def test_what_is_no_link_of_ours(wrong: str) -> None:
    with pytest.raises(jwt.InvalidTokenError):
        CardLinks([NEW], "").payment_id(wrong)


def test_unsigned() -> None:
    header = jwt.get_unverified_header(token([NEW])) | {"alg": "none"}
    claims = {"aud": AUDIENCE, "sub": "p-2", "exp": SOON}
    with pytest.raises(jwt.InvalidTokenError):
        CardLinks([NEW], "").payment_id(jwt.encode(claims, "", "none", header))
