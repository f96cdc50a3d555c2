"""What was found, as text, JSON, a table or small pictures."""
