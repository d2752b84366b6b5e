"""MongoDB's engine, pinned as a Node package, and the program that serves it."""
