"""The default outline of an insole, for layouts that give none.

A last of ordinary shape in the frame of science.md, section 0.3 (x 0 medial to 1 lateral, y 0 heel
to 1 toe): round heel, medial border hollow at the arch, forefoot widest at the ball, counter-
clockwise from the rear edge. Drawn for this program, not measured from a product.
"""

from __future__ import annotations

import numpy as np

from insole.model.arrays import Floats

LENGTH_MM = 265.0
WIDTH_MM = 95.0

_CORNERS = (
    (0.5601, 0.0000),
    (0.6662, 0.0026),
    (0.7623, 0.0195),
    (0.8340, 0.0475),
    (0.8822, 0.0819),
    (0.9157, 0.1182),
    (0.9377, 0.1555),
    (0.9501, 0.1934),
    (0.9553, 0.2315),
    (0.9556, 0.2697),
    (0.9551, 0.3078),
    (0.9573, 0.3459),
    (0.9623, 0.3840),
    (0.9695, 0.4221),
    (0.9779, 0.4601),
    (0.9871, 0.4981),
    (0.9954, 0.5362),
    (1.0000, 0.5743),
    (0.9980, 0.6124),
    (0.9888, 0.6504),
    (0.9727, 0.6882),
    (0.9506, 0.7255),
    (0.9237, 0.7624),
    (0.8920, 0.7988),
    (0.8548, 0.8346),
    (0.8112, 0.8694),
    (0.7604, 0.9029),
    (0.7012, 0.9346),
    (0.6316, 0.9637),
    (0.5476, 0.9872),
    (0.4465, 1.0000),
    (0.3414, 0.9960),
    (0.2466, 0.9778),
    (0.1683, 0.9520),
    (0.1058, 0.9211),
    (0.0580, 0.8869),
    (0.0246, 0.8506),
    (0.0057, 0.8131),
    (0.0000, 0.7749),
    (0.0052, 0.7368),
    (0.0209, 0.6990),
    (0.0465, 0.6620),
    (0.0798, 0.6257),
    (0.1176, 0.5901),
    (0.1563, 0.5546),
    (0.1920, 0.5186),
    (0.2209, 0.4819),
    (0.2404, 0.4444),
    (0.2508, 0.4064),
    (0.2531, 0.3682),
    (0.2501, 0.3301),
    (0.2448, 0.2920),
    (0.2404, 0.2539),
    (0.2397, 0.2158),
    (0.2438, 0.1776),
    (0.2532, 0.1395),
    (0.2735, 0.1021),
    (0.3121, 0.0664),
    (0.3743, 0.0354),
    (0.4594, 0.0122),
)


def default_outline() -> Floats:
    """(60, 2) corners, read-only."""
    outline = np.array(_CORNERS, dtype=np.float64)
    outline.setflags(write=False)
    return outline
