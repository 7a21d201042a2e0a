"""Metrics: functions of a table of steps, and the registry that describes them."""
