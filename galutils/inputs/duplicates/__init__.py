"""Find galaxies that are on both sides of a split."""
