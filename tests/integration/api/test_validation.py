"""Invalid requests: 422 naming the field, 404, 405."""

import httpx
import pytest

from tests.integration.api.problems import fields_of, problem_of
from tests.support.bad_input import BadRequest, bad_requests


@pytest.mark.parametrize("bad", list(bad_requests()), ids=str)
async def test_bad_input(http: httpx.AsyncClient, bad: BadRequest) -> None:
    answer = await http.request(
        bad.method, bad.path, content=bad.content, headers=list(bad.headers.items())
    )
    problem_of(answer, bad.status)
    if bad.status == 422:
        assert fields_of(answer) == bad.fields
    assert ("allow" in answer.headers) == (bad.status == 405)


async def test_all_methods_of_a_path_are_named(http: httpx.AsyncClient) -> None:
    for path, methods in (("/orders", "GET, HEAD, POST"), ("/products/reed", "GET, HEAD, PUT")):
        assert (await http.options(path)).headers["allow"] == methods


@pytest.mark.parametrize("path", ["/nowhere", "/orders/", "/assets/none.js", "/dev/nothing"])
async def test_an_unknown_path_is_said_in_our_words(http: httpx.AsyncClient, path: str) -> None:
    problem = problem_of(await http.get(path), 404)
    assert problem == {
        "type": "urn:problem-type:not-found",
        "title": "Not found",
        "status": 404,
        "detail": f"There is nothing at {path!r}; /docs lists every path of this API.",
    }


@pytest.mark.parametrize(
    ("method", "path", "instead"),
    [
        ("DELETE", "/orders", "GET, HEAD or POST"),
        ("GET", "/orders/1/cancel", "POST"),
        ("POST", "/assets/none.js", "GET or HEAD"),
    ],
)
async def test_a_wrong_method_is_said_in_our_words(
    http: httpx.AsyncClient, method: str, path: str, instead: str
) -> None:
    answer = await http.request(method, path)
    assert problem_of(answer, 405) == {
        "type": "urn:problem-type:method-not-allowed",
        "title": "Method not allowed",
        "status": 405,
        "detail": f"The request's method is none of {path!r}; send {instead}.",
    }
    assert answer.headers["allow"] == instead.replace(" or ", ", ")
