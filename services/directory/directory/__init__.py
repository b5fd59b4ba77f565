"""The directory: who is at a school, in which classes, and how their families are reached.

It knows classes, groups and contact points. It freezes an audience into a snapshot of whole
households, and hands dispatchers sealed addresses; it never sends anything.
"""
