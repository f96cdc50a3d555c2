"""The closed grammar of the interpreter: one module per kind of phrase."""
