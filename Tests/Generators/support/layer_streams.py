"""The streams of a layer, independently of Pare: pruning, sharing, gaps, Huffman codes and the account of the entry.

Written the plain way, over all weights and without tables, from docs/sliders.md and the layouts that EntryHeader.swift and
CodeLengthTable.swift document.
"""

import heapq
import math

import numpy as np

LAYOUTS = ("raw", "dense", "sparse")


def threshold(weights, rule):
    """The magnitude below which a rule, {threshold | sparsity | sigma: number} or None, drops weights."""
    magnitudes = np.abs(weights.astype(np.float64))
    if rule is None:
        return 0.0
    (kind, value), = rule.items()
    if kind == "threshold":
        return float(value)
    if kind == "sigma":
        return float(value * weights.astype(np.float64).std()) if len(weights) else 0.0
    rank = math.floor(value * len(weights))
    if rank == 0:
        return 0.0
    ascending = np.sort(magnitudes)
    if rank >= len(weights):
        return float(np.nextafter(np.float32(ascending[-1]), np.float32(np.inf)))
    return float(ascending[rank])


def gap_symbols(positions, gap_bits):
    """The gap of each survivor, and the number of fillers."""
    distances = np.diff(np.concatenate([[-1], positions])).astype(np.int64)
    return (distances - 1) & ((1 << gap_bits) - 1), int(((distances - 1) >> gap_bits).sum())


def huffman(counts):
    """Bits of a Huffman code for these counts and its longest code word; leaves go before inner nodes of the same weight."""
    heap = [(int(count), 0, order, 0) for order, count in enumerate(counts) if count > 0]
    if len(heap) <= 1:
        return (heap[0][0], 1) if heap else (0, 0)
    heapq.heapify(heap)
    bits, made = 0, 0
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        bits += a[0] + b[0]
        made += 1
        heapq.heappush(heap, (a[0] + b[0], 1, made, 1 + max(a[3], b[3])))
    return bits, heap[0][3]


def table_bits(counts, longest):
    """Bits of the code lengths of an alphabet: 6, then a field a symbol that occurs, and a field and γ code a run that does not."""
    if longest == 0:
        return 6
    width = int(math.log2(longest)) + 1
    bits, run = 6, 0
    for count in list(counts) + [None]:
        if count == 0:
            run += 1
            continue
        if run > 0:
            bits += width + 2 * int(math.log2(run)) + 1
            run = 0
        if count is not None:
            bits += width
    return bits


def bins(weights, are_distinct=False):
    """The bin of each weight (upper 16 bits of its pattern, one bin for ±0, or its value), as positions in ascending order of
    value, and for each bin its weights' count and mean."""
    if are_distinct:
        values, position = np.unique(weights, return_inverse=True)
        return position, np.bincount(position), values.astype(np.float64)
    index = weights.view(np.uint32) >> 16
    rank = np.where(index & 0x8000, -(index & 0x7FFF).astype(np.int64), index.astype(np.int64))
    ranks, position = np.unique(rank, return_inverse=True)
    counts = np.bincount(position, minlength=len(ranks))
    means = np.bincount(position, weights.astype(np.float64), minlength=len(ranks)) / np.maximum(counts, 1)
    return position, counts, means


def lloyd(counts, means, centroids, until_populated=False):
    """The cluster of each bin by Lloyd's algorithm, or the centroids as soon as each has weights; ties go to the lower centroid. An empty cluster takes the bin farthest from
    its centroid, which leaves the mean of the cluster it was in; a cluster keeps its last bin."""
    def assign(centroids):
        clusters = np.zeros(len(means), np.int64)
        for cluster in range(1, len(centroids)):
            # Nearer to this centroid than to the one below: all bins from there on are not the lower one's.
            clusters[means - centroids[cluster - 1] > centroids[cluster] - means] = cluster
        return np.maximum.accumulate(clusters)

    k = len(centroids)
    clusters = assign(centroids)
    for _ in range(10_000):
        before = centroids.copy()
        totals = np.bincount(clusters, counts, minlength=k)
        sums = np.bincount(clusters, counts * means, minlength=k)
        sizes = np.bincount(clusters, minlength=k)
        centroids = np.where(totals > 0, sums / np.maximum(totals, 1), before)
        empty = np.flatnonzero(totals == 0)
        if until_populated and not len(empty):
            return centroids
        if len(empty):
            distance = np.abs(means - before[clusters])
            candidates = iter(np.lexsort((np.arange(len(means)), -distance)))
            for cluster in empty:
                for position in candidates:
                    donor = clusters[position]
                    if sizes[donor] <= 1:
                        continue
                    sizes[donor] -= 1
                    totals[donor] -= counts[position]
                    sums[donor] -= counts[position] * means[position]
                    centroids[donor] = sums[donor] / totals[donor]
                    centroids[cluster] = means[position]
                    break
            centroids = np.sort(centroids)
        after = assign(centroids)
        unchanged = np.array_equal(after, clusters)
        clusters = after
        if unchanged and not len(empty):
            break
    return centroids if until_populated else clusters


def continuous_lloyd(counts, means, spreads, centroids):
    """The centroids of Lloyd's algorithm on bins that are spread evenly about their means."""
    widths = np.sqrt(3 * spreads / counts)
    zero = np.searchsorted(means, 0.0)
    count_before = np.concatenate([[0], np.cumsum(counts)])
    sum_before = np.concatenate([[0], np.cumsum(counts * means)])
    sum_before -= sum_before[zero]
    power = float((counts * means * means).sum())

    def cut(values):
        position = np.searchsorted(means, values)
        count, total = count_before[position].astype(float), sum_before[position].copy()
        for offset, sign in ((0, 1), (-1, -1)):
            near = position + offset
            inside = (near >= 0) & (near < len(means))
            near = np.clip(near, 0, len(means) - 1)
            edge = means[near] - sign * widths[near]
            reach = np.where(inside, sign * (values - edge), 0)
            hit = reach > 0
            part = np.where(hit, counts[near] * reach / np.where(hit, 2 * widths[near], 1), 0)
            count += sign * part
            total += sign * part * (values + edge) / 2
        return count, total

    previous, looked_at = np.inf, 0
    while looked_at < 400_000:
        count, total = cut((centroids[1:] + centroids[:-1]) / 2)
        n = np.maximum(0, np.diff(np.concatenate([[0], count, [count_before[-1]]])))
        s = np.diff(np.concatenate([[sum_before[0]], total, [sum_before[-1]]]))
        error = power + float(((n * centroids - 2 * s) * centroids).sum())
        centroids = np.where(n > 0.5, s / np.maximum(n, 0.5), centroids)
        looked_at += len(centroids)
        if not previous - error >= 1e-6 * error:
            break
        previous = error
    return centroids


def share(survivors, k, initialization="linear"):
    """Each survivor's code 1…k′ and the k′ centroids, float32."""
    position, counts, means = bins(survivors)
    if len(survivors) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    # Bins that are too wide for so many clusters give way to the values themselves; that around zero alone would not.
    outside = survivors[(survivors.view(np.uint32) & 0x7FFFFFFF) >= 1 << 16]
    if k > len(counts) // 8 and len(np.unique(outside)) > len(np.unique(outside.view(np.uint32) >> 16)):
        position, counts, means = bins(survivors, are_distinct=True)
    if k >= len(counts):
        clusters = np.arange(len(counts))
    else:
        if initialization == "density":
            ranks = (np.arange(k) + 0.5) / k * len(survivors)
            start = means[np.searchsorted(np.cumsum(counts), ranks, side="right")]
        else:
            low, high = float(survivors.min()), float(survivors.max())
            start = np.array([(low + high) / 2]) if k == 1 else low + np.arange(k) * ((high - low) / (k - 1))
        spreads = np.bincount(position, (survivors.astype(np.float64) - means[position]) ** 2)
        moved = continuous_lloyd(counts, means, spreads, lloyd(counts, means, start, until_populated=True))
        clusters = lloyd(counts, means, moved)
    return shared(position, clusters, survivors)[:2]


def shared(position, clusters, survivors):
    """Codes, centroids, their means before rounding and the squared error of bins in clusters."""
    used, clusters = np.unique(clusters, return_inverse=True)
    sums = np.bincount(clusters[position], survivors.astype(np.float64))
    totals = np.bincount(clusters[position])
    codes, means = clusters[position] + 1, sums / totals
    centroids = means.astype(np.float32)
    return codes, centroids, means, float(((survivors.astype(np.float64) - centroids[codes - 1]) ** 2).sum())


def leb128(value):
    return max(1, (value.bit_length() + 6) // 7)


def padded(bits):
    return (bits + 7) // 8


class Layer:
    """A layer under a plan: {prune, share: {clusters, init}, code: {entropy, gapBits, layout}}, `weights` float32."""

    def __init__(self, weights, shape, plan, value_bits=32):
        self.weights = np.ascontiguousarray(weights, np.float32).ravel()
        self.shape, self.plan, self.stored_bits = shape, plan, value_bits
        self.threshold = threshold(self.weights, plan.get("prune"))
        # What is zero already is zero whatever the plan says.
        keeps = (np.abs(self.weights.astype(np.float64)) >= self.threshold) & (self.weights != 0)
        self.positions = np.flatnonzero(keeps)
        self.nonzeros = len(self.positions)
        values = np.zeros(len(self.weights), np.float64)
        self.counts = self.centroids = None
        survivors = self.weights[self.positions]
        if plan.get("share"):
            codes, self.centroids = share(survivors, plan["share"]["clusters"], plan["share"].get("init", "linear"))
            self.counts = np.bincount(codes, minlength=len(self.centroids) + 1)[1:]
            values[self.positions] = self.centroids[codes - 1]
        else:
            values[self.positions] = survivors
        self.squared_error = float(((self.weights.astype(np.float64) - values) ** 2).sum())

    def account(self, layout, gap_bits=None):
        """The bits of a layout's parts and the bytes of its entry."""
        n, k = len(self.weights), None if self.counts is None else len(self.counts)
        is_coded = self.plan.get("code", {}).get("entropy", "huffman") == "huffman"
        value_bits = self.stored_bits if k is None else 32
        header = 5 + sum(leb128(extent) for extent in self.shape)
        fillers = gaps = code_table = gap_table = 0

        def coded(zeros):
            counts = [zeros] + list(self.counts)
            bits, longest = huffman(counts)
            return bits, table_bits(counts, longest)

        def fixed(count):
            return count * len(bin(k)[2:] if k else "")

        if layout == "raw" or layout == "dense" and k is None:
            layout, codes, k = "raw", n * value_bits, None
        elif layout == "dense":
            codes, code_table = coded(n - self.nonzeros) if is_coded else (fixed(n), 0)
        else:
            symbols, fillers = gap_symbols(self.positions, gap_bits)
            entries = self.nonzeros + fillers
            if k is None:
                codes = entries * value_bits
            else:
                codes, code_table = coded(fillers) if is_coded else (fixed(entries), 0)
            if is_coded:
                counts = np.bincount(symbols, minlength=1 << gap_bits)
                counts[-1] += fillers
                gaps, longest = huffman(counts)
                gap_table = table_bits(counts, longest)
            else:
                gaps = entries * gap_bits
            header += leb128(entries) + leb128(padded(codes))
        header += 0 if k is None else 2
        codebook = 32 * (k or 0)
        size = header + codebook // 8 + padded(code_table) + padded(gap_table) + padded(codes) + padded(gaps)
        return {
            "layout": layout, "gap_bits": gap_bits if layout == "sparse" else None, "fillers": fillers, "codes": codes,
            "gaps": gaps, "codebook": codebook, "tables": header * 8 + code_table + gap_table, "bytes": size,
        }

    def chosen(self):
        """The account of the plan's layout and gap bits, or the cheapest: raw, then dense, then narrow gaps before wide ones."""
        code = self.plan.get("code", {})
        layout, gap_bits = code.get("layout", "auto"), code.get("gapBits", "auto")
        widths = range(1, 17) if gap_bits == "auto" else [gap_bits]
        candidates = []
        if layout in ("auto", "raw") or layout == "dense" and self.counts is None:
            candidates.append(self.account("raw"))
        if layout in ("auto", "dense") and self.counts is not None:
            candidates.append(self.account("dense"))
        if layout in ("auto", "sparse"):
            candidates += [self.account("sparse", width) for width in widths]
        return min(candidates, key=lambda account: account["bytes"])
