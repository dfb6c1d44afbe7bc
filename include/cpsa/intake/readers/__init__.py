"""The readers: one per kind of file, from bytes that the file guard has passed to an update."""
