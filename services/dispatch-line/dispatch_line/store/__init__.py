"""The tables of dispatch-line.

The queries on deliveries are `common.delivery`'s, shared by the three dispatchers.
"""
