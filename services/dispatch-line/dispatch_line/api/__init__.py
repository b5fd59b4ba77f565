"""HTTP: LINE's webhooks, the month's quota and previews for staff, and the accounts that an
operator gives.
"""
