"""What dispatch-push can do: take in a page of a message, hand notifications over, stop a message,
report dead tokens.
"""
