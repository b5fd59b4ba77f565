"""What is true of messages without a database: their states, their texts, their links, and who may
see them.
"""
