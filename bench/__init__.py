"""Benchmarks: data of a chosen size, the ranking, and the hot endpoints beside a bare driver."""
