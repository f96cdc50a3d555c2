"""How long a start, an index and a search take."""
