"""What is true of erasures without a database."""
