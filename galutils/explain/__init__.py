"""Maps of the pixels that a decision depends on, and checks of such maps."""
