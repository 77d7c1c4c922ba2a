"""Telling a vendor's own system: its address, what is posted there, how it is signed, and what came of it."""
