"""What the web framework refuses, in our words: unknown paths, wrong methods, unreadable bodies."""

from http import HTTPStatus

from fastapi import Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from api.errors import InvalidRequestError, MethodNotAllowedError, PathNotFoundError
from domain.errors import DomainError


def error_of(request: Request, refused: HTTPException) -> DomainError:
    """Our error in place of the framework's; raises `refused` if it is of another kind: a bug."""
    path = request.scope["path"]
    match refused.status_code:
        case HTTPStatus.NOT_FOUND:
            return PathNotFoundError(path)
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodNotAllowedError(path, _allowed_methods(request))
        case HTTPStatus.BAD_REQUEST:
            return InvalidRequestError.in_body("", "must be JSON in UTF-8")
        case _:
            raise refused


def _allowed_methods(request: Request) -> list[str]:
    """The methods of every endpoint with that path: the framework names those of one only."""
    routes = iter_route_contexts(request.app.routes)
    path = request.scope["path"]
    matching = (route for route in routes if compile_path(route.path or "")[0].match(path))
    methods = {method for route in matching for method in route.methods or ()}
    # A folder of files is no endpoint.
    return sorted(methods | {"HEAD"} if "GET" in methods else methods) or ["GET", "HEAD"]
