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
    [file] = sys.argv[1:]
    settings = Settings(development_mode=True, auth=Auth.NONE, api_host="127.0.0.1")
    target = Path(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(create_app(settings).openapi(), indent=1) + "\n")


if __name__ == "__main__":
    main()
