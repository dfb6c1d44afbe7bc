"""The three documents: content models first, then PDF by Typst and HTML by Jinja.

``list_document_keys`` names a period's documents, ``build_content`` builds one, ``Renderer`` renders it.
Nothing here computes more than sums, reads the store, or sends.
"""
