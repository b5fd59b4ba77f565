"""What a message looks like in a talk, what LINE tells, and the words of the answers: true without
LINE.
"""
