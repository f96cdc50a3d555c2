"""Before and between searches: what was asked becomes words that a dual encoder reads well."""
