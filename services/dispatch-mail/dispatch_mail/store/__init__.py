"""The tables of dispatch-mail; their queries are `common.delivery.rows`, shared by the three dispatchers."""
