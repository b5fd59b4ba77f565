"""What is true of a roster without a database: names, addresses, classes, files."""
