"""Helpers of the galutils book; heavy libraries are imported only where they are used."""

__version__ = "0.1.0"
