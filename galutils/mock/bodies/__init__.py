"""Populations of mock galaxies and their light and motions."""
