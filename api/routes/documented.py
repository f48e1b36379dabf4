"""What the OpenAPI document says of answers that a model does not describe."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]

LOCATION: Responses = {
    202: {
        "headers": {
            "Location": {"description": "Where it can be looked at.", "schema": {"type": "string"}}
        }
    }
}

EVENTS: Responses = {
    200: {
        "description": "The events so far; or, as a stream, each with its number as `id`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
