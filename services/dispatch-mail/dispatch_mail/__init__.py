"""Dispatch-mail brings messages to mailboxes: it owns one delivery per message and mail address,
hands mails to the operator's relay, and answers for every one of them. It reads no roster and
writes no message: it asks directory where, and messaging what.
"""
