"""The persistence score: how regularly a candidate has kept in touch since the rejection."""
