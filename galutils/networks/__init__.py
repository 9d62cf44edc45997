"""Build, train, save, load and describe networks."""
