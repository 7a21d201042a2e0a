"""Protocols: bytes in, values out. One file each."""
