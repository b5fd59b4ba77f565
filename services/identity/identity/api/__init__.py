"""HTTP: sign-in and sessions for the gateway, schools for the operator, accounts for administrators, keys for the houses."""
