"""The demo school みなも市立つばめ野小学校 as data.

The people, groups and texts are the same on every machine.
"""
