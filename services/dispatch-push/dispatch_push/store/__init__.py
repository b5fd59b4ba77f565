"""The tables of dispatch-push.

Most of their queries are `common.delivery.rows`, shared by the three dispatchers.
"""
