"""A school's roster as a workbook: from its cells to what is written.

In the order of a file's way: `columns` says what a roster file can hold, `cells` reads one cell,
`sheet` one row, `plan` the whole file. `present` is the roster as it stands; `match` finds who of
the file is who of it, `families` and `compare` say what differs, `steps` what is to be written, and
`changes` how that is shown. `rows` is a whole roster that comes row by row instead.
"""
