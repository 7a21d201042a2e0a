"""Commands of the front door: parse, call, print."""
