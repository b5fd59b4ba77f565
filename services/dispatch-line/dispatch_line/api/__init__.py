"""HTTP: LINE's webhooks, the month's quota for staff, and the accounts that an operator gives."""
