"""Messages from draft to the last confirmation: texts, categories, templates, the send button with
its undo window, the unfolding of an audience into children, what channels answered for each, and
the page behind a guardian's link.
"""
