"""Faults at the pins, read by the pin driver: wires, clocks, rates. Nothing allocates."""

import array

import lockstep
import micropython

from board import Board, between
from evenstance_board.faults import Faults
from evenstance_wire import flags as f
from evenstance_wire import messages

BREAKS_S = 2.5
HEALS_S = 5.0
STANDING = ((0.5, 0), (0.8, 350000))
APPEARS_S = 2.0


def standing(t_s):
    force_mn = between(t_s, STANDING)
    return force_mn, force_mn


class Broken(Board):
    """Somebody stands on it; what it tells is written down without allocating."""

    def __init__(self, seconds, forces_mn=standing):
        self._told = array.array("i", [0] * 256)
        self._told_n = 0
        self._at_us = 0
        self._do = None
        Board.__init__(self, seconds, forces_mn)
        left, right = [channel.driver for channel in self.sampler.channels]
        left.share_with(right)
        right.share_with(left)
        self.faults = Faults(self.sampler, self)

    def event(self, event, value):
        at = 4 * self._told_n
        self._told_n += 1
        self._told[at] = lockstep.now_us // 1000
        self._told[at + 1] = event
        self._told[at + 2] = value >> 16
        self._told[at + 3] = value & 0xFFFF

    @property
    def told(self):
        """(s, event, channel, bit) in order."""
        rows = [self._told[4 * n : 4 * n + 4] for n in range(self._told_n)]
        return [(t / 1000, event, k, bit) for t, event, k, bit in rows]

    def at(self, seconds, do):
        """Let something happen without ending the loop, which would end a hold."""
        self._at_us = int(seconds * 1000000)
        self._do = do

    def step(self, now):
        if self._do and lockstep.now_us >= self._at_us:
            micropython.heap_unlock()
            self._do()
            self._do = None
            micropython.heap_lock()
        self.faults.step(now)
        Board.step(self, now)

    def names(self):
        return [f.names(bits, f.FAULTS) for bits in self.faults.seen]


def judge(name, breaks, heals, gone_s=2.0):
    """The fault is told in time, goes in time, and is the only one.

    `breaks(board, k)` and `heals(board, k)` do something to a channel.
    """
    for k in (0, 1):
        board = Broken(HEALS_S + gone_s + 0.6)
        board.run_to(BREAKS_S)
        assert board.told == []
        breaks(board, k)
        board.run_to(HEALS_S)
        heals(board, k)
        board.run_to(HEALS_S + gone_s + 0.2)
        wanted = [[], []]
        wanted[k] = [name]
        assert board.names() == wanted, (board.names(), board.told)
        began, ended = board.told[0], board.told[-1]
        assert began[1] == f.EV_FAULT
        assert 0 < began[0] - BREAKS_S < APPEARS_S, board.told
        assert ended[1] == f.EV_FAULT_GONE
        assert 0 < ended[0] - HEALS_S < gone_s, board.told
        assert board.faults.now == [0, 0]
        assert board.faults.fit


def hold_dout(level):
    """DOUT is stuck at this level, whatever the chip does."""

    def breaks(board, k):
        wire = board.wires[k]
        wire.sound = wire.chip.dout
        wire.chip.dout = lambda now_us: wire.chip.advance(now_us) or level

    return breaks


def let_dout_go(board, k):
    board.wires[k].chip.dout = board.wires[k].sound


def check_dout_stuck_low():
    judge("stuck_low", hold_dout(0), let_dout_go)


def check_dout_stuck_high():
    judge("no_data", hold_dout(1), let_dout_go)


def check_the_chip_has_no_power():
    def dies(board, k):
        board.kept = board.chips[k].queue.used
        board.chips[k].queue.used = board.chips[k].queue.next
        board.chips[k].plan()

    def lives(board, k):
        queue = board.chips[k].queue
        queue.used = board.kept
        while queue.t_us[queue.next] < lockstep.now_us:
            queue.next += 1
        board.chips[k].plan()

    judge("no_data", dies, lives)


def check_a_stretched_clock():
    """SCK is high for 75 us; the chip has powered down, and nothing of it is given."""

    def stretch(board, k):
        wire = board.wires[k]
        wire.slow_at = wire.clocks + 25
        wire.slow_us = 75

    judge("powered_down", stretch, lambda board, k: None, 9.0)


def check_readings_without_their_proof():
    """Every 40th time DOUT is low where the 25th pulse should put it high."""

    def shaky(board, k):
        wire = board.wires[k]
        one = wire.chip
        wire.sound = plain = one.dout
        proofs = [0]

        def dout(now_us):
            if one.pulses == 25:
                proofs[0] += 1
                if proofs[0] % 40 == 0:
                    return 0
            return plain(now_us)

        one.dout = dout

    judge("out_of_step", shaky, let_dout_go, 13.0)


def slow_down(board, k, every):
    """Only every so-manieth conversion is made from now on."""
    queue = board.chips[k].queue
    put = queue.next
    for n in range(queue.next, queue.used):
        if n % every == 0:
            queue.t_us[put] = queue.t_us[n]
            queue.counts[put] = queue.counts[n]
            put += 1
    queue.used = put
    board.chips[k].plan()


def counters_of(board):
    """The counters by the names of the status message."""
    names = [name for name, _ in messages.STATUS_REPLY.fields]
    first = names.index("conversions_left")
    return dict(zip(names[first:], board.sampler.counters()))


def check_ten_conversions_a_second():
    for k in (0, 1):
        board = Broken(12)
        slow_down(board, k, 9)
        board.run_to(2.5)
        wanted = [[], []]
        wanted[k] = ["wrong_rate"]
        assert board.names() == wanted, board.told
        assert not board.faults.fit
        board.run_to(11.5)
        assert board.names() == wanted
        side = ("left", "right")[k]
        counters = counters_of(board)
        assert counters["dropped_" + side] <= 9, counters  # before its rhythm is known
        assert counters["conversions_" + side] > 100
        assert 9000 < board.sampler.rate_mhz(k) < 11500
        assert 90000 < board.sampler.period_us(k) < 105000


def check_ten_conversions_a_second_from_now_on():
    """RATE comes loose: a few are called lost, until the new rhythm is seen."""
    for k in (0, 1):
        board = Broken(12)
        board.run_to(BREAKS_S)
        slow_down(board, k, 9)
        board.run_to(11.5)
        wanted = [[], []]
        wanted[k] = ["wrong_rate"]
        assert board.names() == wanted, board.told
        assert board.told[0][0] < BREAKS_S + APPEARS_S
        side = ("left", "right")[k]
        assert counters_of(board)["dropped_" + side] <= 30, counters_of(board)


def check_both_channels_wired_to_one_chip():
    for k in (0, 1):
        board = Broken(12)
        other = board.wires[1 - k].chip
        board.run_to(BREAKS_S)
        board.wires[k].chip.dout = other.dout
        board.run_to(BREAKS_S + 3)
        assert "same_chip" in board.names()[0], board.told
        assert "same_chip" in board.names()[1], board.told


def check_a_sound_board_has_no_fault_and_nothing_allocates():
    board = Broken(12)
    board.run_to(11.5)
    assert board.told == []
    assert board.faults.seen == [0, 0]
    assert counters_of(board)["conversions_left"] > 1000


def check_one_channel_dies_in_a_hold():
    lift = 7.0

    def forces(t_s):
        left = between(t_s, ((0.5, 0), (0.8, 350000), (lift, 350000), (lift + 0.2, 700000)))
        return left, between(t_s, ((0.5, 0), (0.8, 350000), (lift, 350000), (lift + 0.2, 0)))

    for k in (0, 1):
        board = Broken(16, forces)
        board.at(12, lambda board=board, k=k: hold_dout(1)(board, k))
        board.run_to(15)
        assert board.sampler.recorder.ready
        summary, _ = board.sampler.recorder.take(1, 1)
        values = messages.SUMMARY.unpack(summary)
        assert f.END_REASONS[values["end_reason"]] == "sensor_fault"
        assert f.names(values["reasons"]) == ["too_short", "sensor_fault", "no_data"], values
        assert 4700000 < values["end_us"] < 5000000, values["end_us"]
