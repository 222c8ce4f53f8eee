"""What every room stands on: settings, database, clock, ids, and the shapes of HTTP."""
