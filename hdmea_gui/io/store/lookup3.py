"""Bob Jenkins' lookup3, the checksum of HDF5's headers, of many blocks at once.

Definition: HDF5 File Format Specification, Appendix "Checksum"; http://burtleburtle.net/bob/c/lookup3.c
(`hashlittle` with the start value 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORDS = 3  # 32-bit words in a round
START = 0xDEADBEEF
MASK = 0xFFFFFFFF
FEW = 8  # so many blocks are quicker one by one

# Each round is a list of (target, source, rotation): target -= or ^= source, then mixed with its rotation.
MIX = ((0, 2, 4), (1, 0, 6), (2, 1, 8), (0, 2, 16), (1, 0, 19), (2, 1, 4))
FINAL = ((2, 1, 14), (0, 2, 11), (1, 0, 25), (2, 1, 16), (0, 2, 4), (1, 0, 14), (2, 1, 24))


def lookup3(block: bytes) -> int:
    """Give the checksum of one block."""
    (checksum,) = checksums(np.frombuffer(block, np.uint8), [0], [len(block)])
    return int(checksum)


def checksums(buffer: NDArray[np.uint8], starts: Sequence[int], lengths: Sequence[int]) -> NDArray[np.uint32]:
    """Give the checksums of blocks in a buffer.

    Parameters
    ----------
    buffer : ndarray of uint8, shape (n_bytes,)
        Holds the blocks.
    starts, lengths : sequence of int, shape (n_blocks,)
        Where each begins and how many bytes it has, at least one.

    Returns
    -------
    ndarray of uint32, shape (n_blocks,)
        One checksum a block.
    """
    sizes = np.asarray(lengths, np.int64)
    order = np.argsort(-sizes, kind="stable")
    words, first = _words(buffer, np.asarray(starts, np.int64)[order], sizes[order])
    rounds = -(-sizes[order] // (4 * WORDS))
    state = np.tile((START + sizes[order]).astype(np.uint32), (WORDS, 1))
    sums = np.empty(len(sizes), np.uint32)
    active = len(sizes)
    for number in range(int(rounds[0]) if active else 0):
        ending = active
        active = int(np.searchsorted(-rounds, -(number + 1)))  # these have another round
        if ending <= FEW:
            sums[order[:ending]] = [
                _rest(words, state[:, i], first[i], number, rounds[i]) for i in range(ending)
            ]
            break
        at = first[:ending] + WORDS * number
        for row in range(WORDS):
            state[row, :ending] += words[at + row]
        _mix(state[:, :active])
        done = state[:, active:ending]
        _final(done)
        sums[order[active:ending]] = done[2]
    return sums


def _words(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Lay the blocks out one after the other, filled up with zeros to whole rounds."""
    padded = -(-sizes // (4 * WORDS)) * 4 * WORDS
    first = np.cumsum(padded) - padded
    octets = np.zeros(int(padded.sum()), np.uint8)
    for target, start, size in zip(first.tolist(), starts.tolist(), sizes.tolist(), strict=True):
        octets[target : target + size] = buffer[start : start + size]
    return octets.view("<u4").astype(np.uint32, copy=False), first // 4


def _mix(state: NDArray[np.uint32]) -> None:
    for target, source, rotation in MIX:
        state[target] -= state[source]
        state[target] ^= _rotated(state[source], rotation)
        state[source] += state[3 - target - source]


def _final(state: NDArray[np.uint32]) -> None:
    for target, source, rotation in FINAL:
        state[target] ^= state[source]
        state[target] -= _rotated(state[source], rotation)


def _rotated(values: NDArray[np.uint32], rotation: int) -> NDArray[np.uint32]:
    return (values << np.uint32(rotation)) | (values >> np.uint32(32 - rotation))


def _rest(words: NDArray[np.uint32], state: NDArray[np.uint32], first: int, number: int, rounds: int) -> int:
    """Do the rounds of one block from a number on, in Python's integers."""
    a, b, c = state.tolist()
    block = words[first + WORDS * number : first + WORDS * rounds].tolist()
    for at in range(0, len(block), WORDS):
        a, b, c = (a + block[at]) & MASK, (b + block[at + 1]) & MASK, (c + block[at + 2]) & MASK
        values = [a, b, c]
        if at + WORDS < len(block):
            for target, source, rotation in MIX:
                turned = (values[source] << rotation | values[source] >> (32 - rotation)) & MASK
                values[target] = ((values[target] - values[source]) & MASK) ^ turned
                values[source] = (values[source] + values[3 - target - source]) & MASK
        else:
            for target, source, rotation in FINAL:
                turned = (values[source] << rotation | values[source] >> (32 - rotation)) & MASK
                values[target] = ((values[target] ^ values[source]) - turned) & MASK
        a, b, c = values
    return int(c)
