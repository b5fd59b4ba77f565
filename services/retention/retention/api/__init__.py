"""Parse, act, dump: what the operator's pages ask of retention."""
