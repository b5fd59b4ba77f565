"""What every house needs and none would do differently.

Knows no service, owns no table of a service, has no effect at import.
"""
