"""What the operator tells everybody here."""
