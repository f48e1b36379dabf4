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
