"""What is true about schools, accounts and rights without a database."""
