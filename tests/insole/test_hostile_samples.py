import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from insole.model.stream import Samples
from insole.parameters import Parameters
from insole.signal.clock import ClockStage
from insole.signal.gaps import GapStage
from insole.signal.order import Sequencer

any_int64 = st.integers(-(2**63), 2**63 - 1)
near = st.integers(-(2**51), 2**51)
row = st.tuples(near | any_int64, near | any_int64, st.integers(-(2**61), 2**61) | any_int64)


@given(
    blocks=st.lists(st.tuples(st.lists(row, min_size=1, max_size=4), st.integers(0, 2))),
    origin_ns=any_int64,
)
@settings(max_examples=200)
def test_whatever_numbers_a_file_or_device_tells_nothing_raises_and_time_increases(
    blocks, origin_ns
):
    parameters = Parameters()
    order = Sequencer("a", parameters=parameters)
    clock = ClockStage(origin_ns=origin_ns, prior=None, parameters=parameters)
    gaps = GapStage(rate_hz=100, parameters=parameters)
    ordered = []
    for rows, segment in blocks:
        sequence, tick_us, arrival_ns = np.array(rows, dtype=np.int64).T
        values = np.zeros((len(rows), 2), dtype=np.uint16)
        flags = np.zeros(len(rows), dtype=np.uint32)
        ordered += order.push(Samples("a", sequence, tick_us, arrival_ns, values, flags, segment))
    ordered += order.flush()
    timed = [t for block in ordered for t in clock.push(block)] + clock.flush()
    frames = [gaps.push(t) for t in timed]
    assert order.ledger.received == sum(len(t.time_s) for t in timed)
    if frames:
        time_s = np.concatenate([f.time_s for f in frames])
        assert np.isfinite(time_s).all()
        assert (np.diff(np.concatenate([t.time_s for t in timed])) > 0).all()
