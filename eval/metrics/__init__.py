"""The field's figures, each with its source and its trap. Ties always go against the system."""
