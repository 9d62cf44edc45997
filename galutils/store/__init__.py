"""Files read safely and written whole or not at all."""
