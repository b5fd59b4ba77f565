"""The tables of dispatch-push; most of their queries are `common.delivery.rows`, shared by the three dispatchers."""
