"""A school's staff as a workbook: the same reader and the same steps as for children (DIR-2, ID-2).

In the order of a file's way: `columns` says what it can hold, `lines` reads one row, `reading` the
whole file. `present` is the staff as they stand, with the accounts that identity keeps; `match`
finds who is who, `compare` says what differs, `accounts` what identity is asked for.
"""
