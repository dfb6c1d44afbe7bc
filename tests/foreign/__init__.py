"""A small programme that is not the shipped one: other forms, codes, groups, statuses, departments, days."""
