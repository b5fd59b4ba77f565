"""The tables of dispatch-line; the queries on deliveries are `common.delivery`'s, shared by the three dispatchers."""
