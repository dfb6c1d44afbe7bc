"""Benchmarks, each beside its reference in the same run: ``python -m bench``.

What belongs here: invented programmes of any size, plain readings to compare with, and the timing.
What must not: anything the package needs to work, and any test that asserts a time.
"""
