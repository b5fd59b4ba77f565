"""The directory: who is at a school, in which classes and groups, and through which contact points their families are reached.

It freezes an audience into a snapshot of whole households, and hands dispatchers sealed addresses; it never sends anything.
"""
