"""The words of a notification, without a network or a database."""
