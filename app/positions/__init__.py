"""Positions, their openings and what they ask for."""
