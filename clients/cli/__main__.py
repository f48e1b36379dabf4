"""`python -m clients.cli`: the `orders` command."""

import sys

from clients.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
