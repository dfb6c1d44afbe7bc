"""The quarterly update of an agency and of the state."""
