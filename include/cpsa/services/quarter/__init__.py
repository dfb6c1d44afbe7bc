"""Opening, extending, closing and reopening a quarter, and loading its register."""
