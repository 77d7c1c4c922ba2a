"""What the Makefile calls. `install` and what it imports run on the system's Python, so: standard library only."""
