"""Which rows of a collection meet the filters of a query, and lists of them."""
