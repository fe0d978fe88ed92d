"""Checks: what must hold of every table before the next stage reads it."""
