"""What systems answered, kept so that it can be scored, compared and shown again."""
