"""Policy actions: their numbers, the decisions on them and the departments' reports."""
