"""The gateway: what people see in the browser.

Pages for a school's staff, and the page behind a guardian's link. It keeps nothing of its own. Its
views parse a request, ask the houses that own the data, and render; the words are in `domain`.
"""
