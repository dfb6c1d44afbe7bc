"""The document on the roll-out of the programme to further clusters."""
