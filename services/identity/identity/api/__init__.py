"""HTTP, for the gateway, the operator, administrators and the houses.

Sign-in and sessions for the gateway, schools for the operator, accounts for administrators, keys
for the houses.
"""
