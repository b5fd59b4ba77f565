"""What everybody may open: help, and the files that pages are made of (OPS-11)."""
