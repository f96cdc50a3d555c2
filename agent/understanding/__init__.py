"""From an utterance to acts, and from acts to the constraints that make up a query."""
