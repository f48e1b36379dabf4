"""What every problem must look like."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that was answered, with that status and in the right form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"]
    assert problem["title"]
    assert problem["detail"]
    assert ("errors" in problem) == (status == 422)
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0
    return problem


def fields_of(answer: httpx.Response) -> set[str]:
    """The fields that the 422 names."""
    return {fault["field"] for fault in problem_of(answer, 422)["errors"]}
