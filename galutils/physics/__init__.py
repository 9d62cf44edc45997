"""Numbers from maps and magnitudes."""
