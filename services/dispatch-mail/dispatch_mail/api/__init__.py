"""HTTP: previews of a mail for staff, and the one-click link of a mail."""
