"""The second stage: something looks at the shortlist and puts it in a better order."""
