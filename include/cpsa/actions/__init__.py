"""Policy actions: what agencies ask of departments, and what departments decide (domain.md).

What belongs here: numbers that never change, decisions, how answers are judged, pendency,
effects, and which scheme may fit. Pure: frames and dataclasses in, the same out. Never reads the store.
"""
