"""Recordings: journal, HDF5, replay, importers and exporters."""
