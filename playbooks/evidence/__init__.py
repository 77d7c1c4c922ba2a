"""What shows that a step is done: what its author asks for, what the partner gives, and what is still missing."""
