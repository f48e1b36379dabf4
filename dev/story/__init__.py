"""The talk's story, played over REST: five scenarios and what must come out of each."""
