"""Dispatch-line brings messages to LINE and answers taps in the talk: it owns one delivery per
message and LINE user, the school's LINE accounts, and what LINE tells by webhook. It reads no
roster and writes no message.
"""
