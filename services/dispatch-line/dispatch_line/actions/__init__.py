"""What dispatch-line can do: take in a page, hand it over, stop a message, hear what LINE tells,
answer in talks, keep accounts.
"""
