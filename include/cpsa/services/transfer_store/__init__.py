"""The whole store as one file for another database: the transfer archive, written and read."""
