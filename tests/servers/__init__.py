"""The servers that tests and benchmarks speak to: started on folders of their own, killed and restarted at will."""
