"""Recipe `rewriter`: a language model learns to turn a conversation into a query."""
