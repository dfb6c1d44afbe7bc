"""Changes of the register of clusters that centres propose: which wait, and what CPSA decides.

What must not go here: what a row proposes (``registry.cluster_rows``), or loading files (``quarter.load_registry``).
"""
