"""Erasure after a contract's end: the calendar, every house's answer, the end of the key, and a
signed certificate (RET-1).
"""
