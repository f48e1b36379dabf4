"""`python -m clients.cli`: the command `orders`, which is installed into the environment."""

import sys

from clients.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
