"""A pair of virtual insoles that speak real GATT."""
