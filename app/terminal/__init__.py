"""The terminal: opening it, tables that fit, pictures in it, errors in one line."""
