"""Places by name: the nearest town of a point, and the places that a name can mean."""
