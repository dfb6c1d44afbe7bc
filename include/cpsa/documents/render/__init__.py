"""Content to files: PDF, HTML, Word and Excel, in one process or a pool of them."""
