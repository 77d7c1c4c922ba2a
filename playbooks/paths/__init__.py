"""When a step comes, for whom, and by when."""
