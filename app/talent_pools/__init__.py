"""Talent pools: named lists that candidates can be in."""
