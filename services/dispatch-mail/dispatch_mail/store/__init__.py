"""The tables of dispatch-mail.

Their queries are `common.delivery.rows`, shared by the three dispatchers.
"""
