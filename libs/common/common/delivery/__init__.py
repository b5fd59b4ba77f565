"""The life of one delivery, the same for every channel.

What a provider answers (`outcomes`) is a value, never an exception; a dispatcher turns it into the state of a row and
into plain words for staff.
"""
