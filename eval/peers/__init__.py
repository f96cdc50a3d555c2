"""Our encoders, systems and rerankers as other projects expect theirs: see docs/peers.md."""
