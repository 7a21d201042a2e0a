"""Nouns: frozen values that the stages pass to each other. No behaviour beyond themselves."""
