"""What tests of several houses share: throw-away servers and checks.

No production code imports it.
"""
