"""Schools and their contracts, the accounts of staff, who may do what, sign-in, the keys of schools, the operation log."""
