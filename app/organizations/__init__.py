"""Tenants: organizations, their users and keys, their audit log and their scoring policies."""
