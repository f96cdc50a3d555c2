"""From the tagged spans of an utterance to acts: one module for each kind of span."""
