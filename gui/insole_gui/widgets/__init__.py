"""Things that draw one aspect of a view."""
