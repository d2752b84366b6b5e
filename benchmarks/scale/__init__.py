"""A log of ten million entries: how fast it is loaded, what it takes, and what its pages cost at each size."""
