"""Find galaxies that stand on both sides of a split."""
