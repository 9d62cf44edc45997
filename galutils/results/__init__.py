"""Figures, tables and numbers recorded by inventory id, and the published numbers beside them."""
