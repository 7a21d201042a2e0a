"""Acts that guide who stands on the insoles: a zero, a name, a calibration, stomps."""
