"""Everything that thinks: interpreter, session, feedback, and (later) the LLM stages."""
