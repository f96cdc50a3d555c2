"""Published datasets with their protocols, a file each, and the catalogue of them."""
