"""What is true about a mail without a socket or a database: addresses, letters and their words."""
