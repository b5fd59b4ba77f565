"""HTTP: how a message will look on a lock screen."""
