"""`python -m api.export_openapi FILE`: writes the OpenAPI document to a file.

The web page's types are generated from it.
"""

import json
import sys
from pathlib import Path

from api.app import create_app
from config import Auth, Settings


def main() -> None:
    """Include the endpoints of development mode; connect to nothing."""
    if len(sys.argv) != 2:  # noqa: PLR2004  the program and the file
        sys.exit(f"{sys.argv[1:]} must be the name of one file.")
    settings = Settings(development_mode=True, auth=Auth.NONE, api_host="127.0.0.1")
    target = Path(sys.argv[1])
    text = json.dumps(create_app(settings).openapi(), indent=1)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"{text}\n")
    except OSError as error:
        sys.exit(f"{target} can't be written: {error}")


if __name__ == "__main__":
    main()
