"""The way in: who is asking, the tenant-bound session, the idempotent route, and the door."""
