"""Fields that an organization adds to its candidates, positions and applications."""
