"""The recipes, a module each: what is learnt, from which data, with which loss."""
