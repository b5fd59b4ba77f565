"""What is true of My Page without a database: how long a browser is known, and what links open."""
