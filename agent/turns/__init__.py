"""One exchange of a conversation, and the row of them: what all parts of a conversation share."""
