"""Which pixels a decision rests on, and tests of such maps."""
