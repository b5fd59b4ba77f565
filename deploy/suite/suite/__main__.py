"""`python -m suite` is the `renraku` command."""

from suite.cli import main

main()
