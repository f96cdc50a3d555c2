"""The stages of a search: their table, what they are made of, and the pipeline of them."""
