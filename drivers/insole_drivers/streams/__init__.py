"""Streams to and from other programs: LSL, OSC, running speed and cadence."""
