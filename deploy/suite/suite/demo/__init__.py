"""The demo school みなも市立つばめ野小学校 as data: the same people, groups and texts on every machine."""
