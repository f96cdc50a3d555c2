"""A small network that tags the words of what a person says: what each span of them is for."""
