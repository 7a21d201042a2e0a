"""Line ends, byte-order marks and a missing last line end change nothing in any text export."""

import numpy as np
import pytest

from insole.api import open_recording
from insole.model.stream import Samples
from tests.recordings.motion_files import loadsol, mot, moticon, rbds


def content(path) -> tuple[list, list]:
    recording = open_recording(path)
    blocks = [item for item in recording.decoded() if isinstance(item, Samples)]
    return [(b.device, b.tick_us, b.values) for b in blocks], list(recording.events())


@pytest.mark.parametrize("make", [moticon, loadsol, rbds, mot])
@pytest.mark.parametrize("form", ["windows", "mark", "no last line end"])
def test_samples_and_marks_are_the_same(tmp_path, make, form):
    plain = make().encode()
    changed = {
        "windows": plain.replace(b"\n", b"\r\n"),
        "mark": b"\xef\xbb\xbf" + plain,
        "no last line end": plain.rstrip(b"\n"),
    }[form]
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_bytes(plain)
    other.write_bytes(changed)
    (feet, marks), (same, same_marks) = content(one), content(other)
    assert marks == same_marks
    assert len(feet) == 2
    for (side, ticks, values), (name, at, read) in zip(feet, same, strict=True):
        assert side == name
        assert np.array_equal(ticks, at)
        assert np.array_equal(values, read)
