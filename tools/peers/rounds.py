"""The rounds: every peer runs every group of rows in turn, each round beginning with another peer.

A job is one peer's run of one group; it gives {row: number}. What fails is noted and the rest goes on.
Tested by: peers_test.py
"""

import statistics
import sys
import time


class Samples:
    """Numbers by peer and row, in the order in which they came; the first new one of a row takes an earlier run's place."""

    def __init__(self, earlier=None):
        self.values = earlier or {}
        self.fresh = set()

    def add(self, peer, rows):
        for row, number in rows.items():
            if (peer, row) not in self.fresh:
                self.fresh.add((peer, row))
                self.values.setdefault(peer, {})[row] = []
            self.values[peer][row].append(number)

    def get(self, peer, row):
        return self.values.get(peer, {}).get(row, [])

    def median(self, peer, row):
        samples = self.get(peer, row)
        return statistics.median(samples) if samples else None

    def spread(self, peer, row):
        """(greatest - least) / median."""
        samples = self.get(peer, row)
        if not samples:
            return None
        return (max(samples) - min(samples)) / statistics.median(samples)

    def ratio(self, row, peer, other, other_row=None):
        """Of the medians of two peers in the same rounds; None where one is missing."""
        mine, theirs = self.median(peer, row), self.median(other, other_row or row)
        return mine / theirs if mine is not None and theirs else None

    def best(self, peers, row):
        """The peer with the greatest median, or None."""
        known = [peer for peer in peers if self.median(peer, row) is not None]
        return max(known, key=lambda peer: self.median(peer, row)) if known else None


def order_of(peers, round_number):
    """Another one begins each time, so that no one always runs on a warm or a cool machine."""
    shift = round_number % len(peers) if peers else 0
    return peers[shift:] + peers[:shift]


class Runner:
    def __init__(self, samples, say):
        self.samples = samples
        self.failures = []
        self.say = say
        self.spent_s = {}

    def run(self, peer, group, job):
        self.say(f"{group}: {peer}")
        start = time.monotonic()
        try:
            self.samples.add(peer, job())
        except KeyboardInterrupt:
            raise
        except Exception as error:  # a peer's trouble is a line of the report
            print(f"peers: {group}: {peer}: {error}", file=sys.stderr)
            self.failures.append({"peer": peer, "group": group, "why": str(error)[:300]})
        self.spent_s[group] = self.spent_s.get(group, 0) + time.monotonic() - start

    def run_group(self, group, jobs, round_number=0):
        """jobs: {peer: function}."""
        for peer in order_of(list(jobs), round_number):
            self.run(peer, group, jobs[peer])
