"""Who asks the user back after a search: pictures to point at, or PlugIR's question."""
