"""Texts in both languages: the catalogue, the text type and the environment of page and mail templates.

What must not go here: formats of figures and days (``translator``) and the words of one document.
"""
