"""Finding damage in the store: ``cpsa verify``, one module for each kind of check."""
