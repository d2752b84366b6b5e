"""The pages, one blueprint per subject."""
