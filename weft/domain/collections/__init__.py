"""Collections of people that somebody recommends, each with their leave (FEP-7aa9)."""
