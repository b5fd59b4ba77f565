"""What identity keeps: rows in its database, and the keyring's files."""
