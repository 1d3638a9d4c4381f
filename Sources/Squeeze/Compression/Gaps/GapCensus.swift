import Basics
import TensorCore

/// The distances between the survivors of a cutoff, counted in one pass over the weights on all cores.
///
/// The pass is divided into pieces; a piece counts the distances within it and notes its first and last survivor, and
/// the distances across pieces are added at the end. The result does not depend on the number of threads.
struct GapCensus {
    /// remainders[r]: survivors with (d − 1) mod 2¹⁶ = r, up to the greatest that may occur.
    private(set) var remainders: [Int]
    /// Σ⌊(d − 1)/2¹⁶⌋.
    private(set) var overflow = 0

    private static let pieceLength = Tensor.chunkCount * 4

    init(of tensor: Tensor, cutoff: Cutoff, cancellation: CancellationToken?) throws(Cancelled) {
        let pieceCount = (tensor.count + GapCensus.pieceLength - 1) / GapCensus.pieceLength
        let counters = inPieces(
            of: GapCensus.pieceLength, count: tensor.count, cancellation: cancellation,
            makeState: { GapCounter(cutoff: cutoff) }
        ) { counter, piece, range in
            counter.beginPiece(piece)
            tensor.forEachChunk(in: range) { offset, chunk in counter.add(chunk, offset: offset) }
        }
        try cancellation?.check()
        var ends = [(first: Int, last: Int)?](repeating: nil, count: pieceCount)
        for counter in counters {
            for (piece, first, last) in counter.pieces where first >= 0 { ends[piece] = (first, last) }
            overflow += counter.overflow
        }
        var across: [Int] = []
        var previous = -1
        for case let (first, last)? in ends {
            across.append(first - previous - 1)
            previous = last
        }
        let greatest = max(counters.map(\.greatest).max() ?? -1, across.max() ?? -1)
        remainders = [Int](repeating: 0, count: min(greatest, 0xffff) + 1)
        for counter in counters {
            for remainder in remainders.indices { remainders[remainder] += Int(counter.remainders[remainder]) }
        }
        for distance in across {
            remainders[distance & 0xffff] += 1
            overflow += distance >> 16
        }
    }
}

/// One worker's share of a census.
private final class GapCounter {
    let remainders: UnsafeMutablePointer<UInt32>
    private(set) var overflow = 0
    /// The greatest d − 1; −1 where there is none.
    private(set) var greatest = -1
    /// First and last survivor of each piece; −1 where there is none.
    private(set) var pieces: [(piece: Int, first: Int, last: Int)] = []
    private let cutoff: Cutoff
    private var previous = -1

    init(cutoff: Cutoff) {
        self.cutoff = cutoff
        remainders = .allocate(capacity: 1 << 16)
        remainders.initialize(repeating: 0, count: 1 << 16)
    }

    deinit { remainders.deallocate() }

    func beginPiece(_ piece: Int) {
        pieces.append((piece, -1, -1))
        previous = -1
    }

    func add(_ weights: UnsafeBufferPointer<Float>, offset: Int) {
        guard let base = weights.baseAddress else { return }
        var previous = previous
        var overflow = overflow
        var greatest = greatest
        var first = -1
        let survivors = SurvivorMask(cutoff)
        var start = 0
        while start < weights.count {
            // Bounds: a mask has bits for the weights that are there only.
            var mask =
                start + 64 <= weights.count
                ? survivors.of64(base + start) : survivors.of(base + start, count: weights.count - start)
            if previous < 0, mask != 0 {
                first = offset + start + mask.trailingZeroBitCount
                previous = first
                mask &= mask &- 1
            }
            while mask != 0 {
                let position = offset &+ start &+ mask.trailingZeroBitCount
                let distance = position &- previous &- 1
                remainders[distance & 0xffff] &+= 1
                overflow &+= distance &>> 16
                greatest = max(greatest, distance)
                previous = position
                mask &= mask &- 1
            }
            start += 64
        }
        if first >= 0 { pieces[pieces.count - 1].first = first }
        pieces[pieces.count - 1].last = previous
        self.previous = previous
        self.overflow = overflow
        self.greatest = greatest
    }
}
