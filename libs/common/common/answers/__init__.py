"""What each house answers, as its own OpenAPI declares it: written by `make answers`."""
