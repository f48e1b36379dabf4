"""What protects data: payload keys and codec, and the signatures of card links."""
