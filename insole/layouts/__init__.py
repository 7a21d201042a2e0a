"""Insole geometries, one TOML each."""
