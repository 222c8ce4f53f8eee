"""Who is first in line for a position: the ranking, its sections and its explanation."""
