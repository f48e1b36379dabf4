"""The customer of a token's subject."""

import re

import pytest

from domain.subjects import customer_id_of

OF_ISSUERS = [
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "google-oauth2|103547991597142817347",
    "kermit@example.com",
    "https://issuer.example/users/1?x=y",
    "Kermit",
    "00u1abCDEFGhijKLmn0h7",
    "-",
    "x" * 255,
    "Ünïcode",
]


@pytest.mark.parametrize(
    "subject", ["kermit", "0", "a" * 64, "7b6c0f2e-92a1-4a43-9f0c-1c4b9fca1c11"]
)
def test_a_subject_that_can_be_an_id_is_one(subject: str) -> None:
    assert customer_id_of(subject) == subject


@pytest.mark.parametrize("subject", OF_ISSUERS)
def test_another_subject_has_an_id_that_follows_from_it(subject: str) -> None:
    id = customer_id_of(subject)
    assert re.fullmatch(r"sub-[a-z2-7]{52}", id)
    assert id == customer_id_of(subject)


def test_no_two_subjects_share_an_id() -> None:
    ids = {customer_id_of(subject) for subject in OF_ISSUERS}
    # Whoever chooses a name at the issuer can't choose somebody else's id.
    taken = {customer_id_of(id) for id in ids}
    assert len(ids) == len(taken) == len(OF_ISSUERS)
    assert not ids & taken


def test_the_id_never_changes() -> None:
    """It is stored: with another one, customers would lose their orders."""
    assert customer_id_of("auth0|abc") == "sub-yxiju5ywgmzoq7gwp5h55qebmbyfvgttsqfzurmrws3pds2tuyoq"
