"""Pages: each asks the state and lays out widgets."""
