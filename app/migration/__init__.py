"""Moving a collection to another encoder, for every door."""
