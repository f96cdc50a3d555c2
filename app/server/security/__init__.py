"""Who may come in, what they may send and keep, and links that are signed."""
