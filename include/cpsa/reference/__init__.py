"""The road map's reference data: departments, themes, schemes, training, roll-out and budget.

What belongs here: reading ``include/programme/reference/*.yaml`` into frozen dataclasses, holding the files
together, and looking things up in them. What must not: labels or rules of the framework, figures
of a quarter, the registry's addresses, and any decision about the content of a document.
"""
