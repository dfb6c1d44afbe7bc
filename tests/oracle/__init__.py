"""A second reading of the rule book, to test the first one against.

Here belong the plainest loops that give findings, scores and reporting from a programme folder,
in exact fractions. Nothing here may import the package under test, or be imported by it: two
readings that share code share their mistakes. Speed does not matter here, being obvious does.
"""
