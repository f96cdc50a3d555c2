"""What corrects: words and conditions that are said instead of others."""
