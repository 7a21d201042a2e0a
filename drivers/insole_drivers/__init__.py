"""Bluetooth drivers: protocols without I/O, one link, one radio thread, a virtual pair."""
