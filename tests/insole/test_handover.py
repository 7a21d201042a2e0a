"""The queue between a source and the engine."""

import threading

from insole.live.handover import HandOver


def test_what_waits_is_taken_at_once_in_order():
    queue: HandOver[int] = HandOver(10, waits=False)
    for item in range(5):
        queue.put(item)
    assert queue.take(0.0, 3) == [0, 1, 2]
    assert queue.take(0.0, 3) == [3, 4]


def test_a_live_source_never_waits_and_what_does_not_fit_is_counted():
    queue: HandOver[int] = HandOver(2, waits=False)
    for item in range(5):
        queue.put(item)
    assert queue.overflow == 3
    assert queue.take(0.0, 10) == [0, 1]


def test_a_file_waits_for_room_and_nothing_is_dropped():
    queue: HandOver[int] = HandOver(3, waits=True)
    writer = threading.Thread(target=lambda: [queue.put(item) for item in range(100)])
    writer.start()
    taken: list[int] = []
    while len(taken) < 100:
        taken += queue.take(5.0, 2)
    writer.join(5.0)
    assert taken == list(range(100))
    assert queue.overflow == 0


def test_closing_releases_a_writer_that_waits():
    queue: HandOver[int] = HandOver(1, waits=True)
    queue.put(0)
    writer = threading.Thread(target=lambda: queue.put(1))
    writer.start()
    queue.close()
    writer.join(5.0)
    assert not writer.is_alive()
    assert queue.take(0.0, 10) == [0]
