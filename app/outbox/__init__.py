"""Events written with the change they tell of, and claimed by the worker. No network here."""
