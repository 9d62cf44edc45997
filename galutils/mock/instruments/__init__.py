"""Observe mock galaxies with the telescopes and pipelines of the surveys."""
