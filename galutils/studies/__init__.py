"""Experiments that the notebooks of one study call."""
