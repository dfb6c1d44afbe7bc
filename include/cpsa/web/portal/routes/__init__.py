"""The portal's addresses, by subject.

What belongs here: what a request asks for, one call of a service, which page answers it. What must
not: HTML (templates), rules of safety (the modules beside this folder).
"""
