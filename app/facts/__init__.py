"""The ledger that the ranking reads: one append-only table with two clocks."""
