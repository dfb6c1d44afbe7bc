"""The sources of a document: each figure with the cells that it was computed from."""
