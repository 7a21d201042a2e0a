"""Pressure-insole pipeline: connect, record, replay and analyse plantar pressure."""

__version__ = "0.1.0"
