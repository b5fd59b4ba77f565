"""What dispatch-mail can do: take in a page of a message, hand mails over, stop a message, stop and
resume an address, preview.
"""
