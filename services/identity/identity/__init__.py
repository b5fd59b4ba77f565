"""Schools and their contracts and keys, staff and what they may do, sign-in, the operation log."""
