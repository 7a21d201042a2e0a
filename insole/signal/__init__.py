"""Stages of the way, pure and streaming: no I/O, no clock, no randomness."""
