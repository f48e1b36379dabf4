"""The `orders` command: places, watches and cancels orders in the terminal, over REST."""
