"""What a telescope and its pipeline make of a mock galaxy."""
