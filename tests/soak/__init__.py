"""Long trials: what the system must stand in a bad quarter. ``make soak`` runs them."""
