import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insole.model.stream import Samples
from insole.parameters import Parameters
from insole.signal.order import Sequencer, _joined, _rows

RATE_HZ = 100


def block(numbers, *, segment=0, arrival_s=None, sensors=3):
    sequence = np.asarray(numbers, dtype=np.int64)
    values = np.asfortranarray(sequence[:, None] * 10 + np.arange(sensors))
    newest = int(sequence.max()) / RATE_HZ if arrival_s is None else arrival_s
    return Samples(
        "a",
        sequence,
        sequence * (1_000_000 // RATE_HZ),
        np.full(len(sequence), round(newest * 1e9), dtype=np.int64),
        values,
        np.zeros(len(sequence), dtype=np.uint32),
        segment,
    )


def packet(index, *, size=5, **more):
    return block(range(index * size, index * size + size), **more)


def sequencer(**changed):
    return Sequencer(
        "a", parameters=Parameters({f"gaps.{key}": value for key, value in changed.items()})
    )


def numbers(blocks):
    return [int(n) for b in blocks for n in b.sequence]


def test_blocks_in_order_pass_through_uncopied():
    order, big = sequencer(), block(range(100_000))
    assert order.push(big) == [big]
    with_hole = block([*range(100_000, 100_100), *range(100_200, 100_300)])
    (out,) = order.push(with_hole)
    assert out.values is with_hole.values
    assert (order.ledger.received, order.ledger.lost) == (100_200, 100)


def test_a_swapped_pair_of_packets_comes_out_in_order():
    order = sequencer()
    out = [b for i in (0, 2, 1, 3) for b in order.push(packet(i))]
    assert numbers(out) == list(range(20))
    assert order.ledger.reordered == 5
    assert order.ledger.lost == order.ledger.duplicates == 0


def test_what_is_waited_for_is_not_yet_expected():
    order = sequencer()
    order.push(packet(0))
    assert order.push(packet(2)) == []
    assert order.ledger.expected == 5


def test_a_missing_packet_is_given_up_after_the_set_number_of_further_packets():
    order = sequencer(reorder_packets=4)
    order.push(packet(0))
    waited = [order.push(packet(i)) for i in (2, 3, 4, 5)]
    assert waited == [[], [], [], []]
    assert numbers(order.push(packet(6))) == list(range(10, 35))
    ledger = order.ledger
    assert (ledger.expected, ledger.received, ledger.lost) == (35, 30, 5)
    assert ledger.largest_gap_s == pytest.approx(0.05)


def test_what_comes_after_it_was_given_up_is_late_and_stays_lost():
    order = sequencer(reorder_packets=0)
    order.push(packet(0))
    order.push(packet(2))
    assert order.push(packet(1)) == []
    assert order.late == 5
    assert (order.ledger.lost, order.ledger.duplicates) == (5, 0)


def test_duplicates_are_dropped_whole_in_part_and_while_waiting():
    order = sequencer()
    out = order.push(block([0, 1, 1, 2]))
    out += order.push(block([1, 2, 3, 4]))
    out += order.push(block([7, 8]))
    out += order.push(block([8, 9]))
    out += order.push(block([5, 6]))
    assert numbers(out) == list(range(10))
    assert order.ledger.duplicates == 4
    assert order.ledger.expected == order.ledger.received == 10


def test_the_first_of_two_different_duplicates_is_kept():
    order = sequencer()
    twice = block([0, 1, 1, 2])
    twice.values[2] = -1
    (out,) = order.push(twice)
    assert out.values[:, 0].tolist() == [0, 10, 20]
    assert out.values.flags.f_contiguous


def test_newest_first_inside_a_packet_is_turned_round():
    order = sequencer()
    (out,) = order.push(block([3, 2, 1, 0]))
    assert out.sequence.tolist() == [0, 1, 2, 3]
    assert out.values[:, 0].tolist() == [0, 10, 20, 30]


def test_a_reboot_releases_what_waits_and_starts_a_new_numbering():
    order = sequencer()
    order.push(packet(100))
    order.push(packet(102))
    out = order.push(packet(0, segment=1))
    assert [b.segment for b in out] == [0, 1]
    assert numbers(out) == [*range(510, 515), *range(5)]
    assert order.push(packet(103)) == []  # a straggler of before the reboot
    assert order.late == 5
    assert (order.ledger.expected, order.ledger.lost) == (20, 5)


@pytest.mark.parametrize("rows", [5, 50, 100])
def test_what_a_device_would_have_taken_while_it_restarted_is_lost(rows):
    """100 Hz until 1 s, then from 1.7 s on, in packets of five, told in growing blocks."""
    order = sequencer()
    before = [packet(index, arrival_s=0.05 * index + 0.05) for index in range(20)]
    after = [packet(index, segment=1, arrival_s=1.75 + 0.05 * index) for index in range(20)]
    for told in (before, after):
        whole = _joined(told)
        for begin in range(0, 100, rows):
            order.push(_rows(whole, slice(begin, begin + rows)))
    book = order.ledger
    assert (book.received, book.lost, book.expected) == (200, 70, 270)
    assert book.largest_gap_s == pytest.approx(0.7)


def test_a_restart_shorter_than_packets_can_be_late_loses_nothing_that_is_known():
    order = sequencer()
    for index in range(20):
        order.push(packet(index, arrival_s=0.05 * index))
    order.push(packet(0, segment=1, arrival_s=0.95 + 0.05 + 0.09))
    assert order.ledger.lost == 0


def test_a_restart_after_one_sample_tells_no_rate_and_no_loss():
    order = sequencer()
    order.push(block([0], arrival_s=0.0))
    order.push(block([0], segment=1, arrival_s=60.0))
    assert (order.ledger.expected, order.ledger.lost) == (2, 0)


def test_the_end_releases_what_waits():
    order = sequencer()
    order.push(packet(0))
    order.push(packet(2))
    assert numbers(order.flush()) == list(range(10, 15))
    assert order.ledger.lost == 5


def test_one_absurd_number_is_a_corrupt_packet_and_not_a_loss_of_millions():
    order = sequencer()
    out = []
    for index in (0, 1, 400_000_000, 2, 3):
        out += order.push(packet(index, arrival_s=0.1))
    assert numbers(out) == list(range(20))
    assert (order.ledger.lost, order.ledger.corrupt) == (0, 1)


@pytest.mark.parametrize("start", [400_000_000, -400_000_000])
def test_a_device_that_goes_on_from_an_absurd_number_is_followed(start):
    order = sequencer()
    out = []
    for index in (0, 1, start, start + 1, start + 2):
        out += order.push(packet(index, arrival_s=0.1))
    assert numbers(out) == [*range(10), *range(start * 5, start * 5 + 15)]
    assert [b.segment for b in out] == [0, 0, 1, 1, 1]
    assert (order.ledger.lost, order.ledger.corrupt) == (0, 0)


def test_an_absence_of_an_hour_that_the_host_saw_is_a_loss():
    order = sequencer(reorder_packets=0)
    order.push(packet(0))
    (out,) = order.push(packet(72_000))
    assert out.segment == 0
    assert order.ledger.lost == 72_000 * 5 - 5
    assert order.ledger.largest_gap_s == pytest.approx(3599.95)


def test_a_wrong_number_that_nothing_follows_does_not_end_the_stream():
    order = sequencer()
    out = []
    for index in (0, 1, 5000, 2, 3, 4, 5, 6, 7):
        out += order.push(packet(index))
    out += order.flush()
    assert numbers(out) == list(range(40))
    assert (order.ledger.lost, order.ledger.corrupt) == (0, 1)


def test_a_time_that_no_device_can_have_reached_is_a_corrupt_packet():
    order = sequencer()
    impossible = packet(0)
    impossible.tick_us[3] = 2**62
    assert order.push(impossible) == []
    assert (order.ledger.corrupt, order.ledger.expected) == (1, 0)


def test_bad_packets_are_counted():
    order = sequencer()
    order.corrupt()
    assert order.ledger.corrupt == 1


@given(
    faults=st.lists(
        st.tuples(st.sampled_from(["keep", "lose", "twice"]), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    )
)
def test_any_loss_duplication_and_displacement_is_accounted_for(faults):
    arrivals = []
    for index, (fault, delay) in enumerate(faults):
        if fault != "lose":
            arrivals.append((index + delay, index))
        if fault == "twice":
            arrivals.append((index + delay + 0.5, index))
    arrivals.sort()
    order, out = sequencer(), []
    for _, index in arrivals:
        out += order.push(packet(index))
    out += order.flush()
    got, ledger = numbers(out), order.ledger
    assert got == sorted(set(got))
    sent = {index for _, index in arrivals}
    assert set(got) <= {index * 5 + k for index in sent for k in range(5)}
    if got:
        assert ledger.expected == got[-1] - got[0] + 1
    assert ledger.received == len(got)
    assert len(arrivals) * 5 == len(got) + ledger.duplicates + order.late
    for b in out:
        assert (b.values[:, 0] == b.sequence * 10).all()


@given(
    blocks=st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=12), min_size=1, max_size=12)
)
def test_any_blocks_give_each_number_once_and_in_order(blocks):
    order, out = sequencer(), []
    for content in blocks:
        out += order.push(block(content))
    out += order.flush()
    got, ledger = numbers(out), order.ledger
    assert got == sorted(set(got))
    assert ledger.received == len(got)
    assert ledger.expected == got[-1] - got[0] + 1
    accounted = len(got) + ledger.duplicates + order.late
    if ledger.corrupt:  # a block with a number that nothing followed
        assert accounted < sum(map(len, blocks))
    else:
        assert accounted == sum(map(len, blocks))


def test_a_clock_set_back_while_the_numbers_go_on_begins_a_segment_and_loses_nothing():
    order = sequencer()
    blocks = [packet(index) for index in range(6)]
    back = [
        Samples(b.device, b.sequence, b.tick_us - 60_000_000, b.arrival_ns, b.values, b.flags)
        for b in blocks[3:]
    ]
    out = [released for b in [*blocks[:3], *back] for released in order.push(b)]
    assert [b.segment for b in out] == [0, 0, 0, 1, 1, 1]
    assert numbers(out) == list(range(30))
    assert order.ledger.lost == 0
    assert order.ledger.received == 30
