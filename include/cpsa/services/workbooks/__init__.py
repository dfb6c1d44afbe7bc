"""Building the template of an agency and the marked copy that it gets back."""
