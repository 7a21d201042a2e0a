"""Described protocols: an insole told in TOML, decoded and played by one machine."""
