"""Recipe `dialogue`: the conversation so far becomes one vector near its picture."""
