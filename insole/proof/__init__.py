"""Simulated trials whose truth is known, and how often the doubts of their numbers hold it."""
