"""A benchmark of interpreters: utterances in context, what each came to, and the rule."""
