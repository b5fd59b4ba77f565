"""Tables of messaging, and the questions that are asked of them."""
