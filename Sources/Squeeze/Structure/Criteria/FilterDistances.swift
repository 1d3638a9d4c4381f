import Basics
import TensorCore

/// The Euclidean distances between a layer's filters (He et al. 2019, "Filter Pruning via Geometric Median").
struct FilterDistances {
    private let tensor: Tensor
    private let count: Int
    /// Elements of a filter; shorter ones are filled up with zeros.
    private let length: Int
    /// Filters one after the other, where they are not stored so.
    private var rows: [Float]?

    /// Filters are what the axis' indices with the same owner hold, in stored order; −1 owns nothing.
    init(_ tensor: Tensor, axis: Int, owners: [Int], count: Int) {
        self.tensor = tensor
        self.count = count
        let inner = tensor.shape.dimensions[(axis + 1)...].reduce(1, *)
        let extent = tensor.shape[axis]
        let outer = tensor.shape.dimensions[..<axis].reduce(1, *)
        if outer == 1, tensor.elementType == .float32, owners.elementsEqual(0..<count), tensor.isAligned {
            length = inner
            return
        }
        var counts = [Int](repeating: 0, count: count)
        // How many indices of its owner come before each index.
        let ranks = owners.map { owner -> Int in
            guard owner >= 0 else { return 0 }
            counts[owner] += 1
            return counts[owner] - 1
        }
        let length = (counts.max() ?? 0) * outer * inner
        var rows = [Float](repeating: 0, count: count * length)
        rows.withUnsafeMutableBufferPointer { rows in
            tensor.forEachChunk { offset, chunk in
                var position = 0
                while position < chunk.count {
                    let place = offset + position
                    let index = place / inner % extent
                    let run = min(inner - place % inner, chunk.count - position)
                    let owner = owners[index]
                    if owner >= 0, let to = rows.baseAddress, let from = chunk.baseAddress {
                        // Bounds: an owner's row has room for `outer · inner` elements of each of its indices.
                        let row = (ranks[index] * outer + place / inner / extent) * inner + place % inner
                        (to + owner * length + row).update(from: from + position, count: run)
                    }
                    position += run
                }
            }
        }
        self.length = length
        self.rows = rows
    }

    /// The sum of each filter's distances to all others, or to an even sample of them scaled up, such that no more than
    /// `work` differences are squared.
    func sums(work: Int, cancellation: CancellationToken?) -> [Double] {
        guard count > 1, length > 0 else { return [Double](repeating: 0, count: count) }
        if let rows { return rows.withUnsafeBytes { sums($0, work: work, cancellation) } }
        return tensor.storage.withUnsafeBytes { sums($0, work: work, cancellation) }
    }

    /// Bounds: `count` rows of `length` floats lie in the bytes.
    private func sums(_ bytes: UnsafeRawBufferPointer, work: Int, _ cancellation: CancellationToken?) -> [Double] {
        var sums = [Double](repeating: 0, count: count)
        guard let base = bytes.baseAddress else { return sums }
        let affordable = max(16, work / max(1, count * length))
        // Half of the pairs are the others mirrored.
        let isComplete = affordable * 2 >= count
        let sample = isComplete ? [] : (0..<affordable).map { $0 * count / affordable }
        for first in 0..<count {
            if cancellation?.isCancelled == true { break }
            if isComplete {
                for second in 0..<first {
                    let distance = distance(base, first, second)
                    sums[first] += distance
                    sums[second] += distance
                }
            } else {
                for second in sample { sums[first] += distance(base, first, second) }
                sums[first] *= Double(count) / Double(affordable)
            }
        }
        return sums
    }

    @inline(__always)
    private func distance(_ base: UnsafeRawPointer, _ first: Int, _ second: Int) -> Double {
        let (left, right) = (base + first * length * 4, base + second * length * 4)
        var (even, odd) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
        var offset = 0
        while offset + 128 <= length * 4 {
            let a = Self.difference(left, right, offset)
            let b = Self.difference(left, right, offset + 64)
            even += a * a
            odd += b * b
            offset += 128
        }
        var sum = Double((even + odd).sum())
        while offset < length * 4 {
            let difference =
                left.load(fromByteOffset: offset, as: Float.self) - right.load(fromByteOffset: offset, as: Float.self)
            sum += Double(difference * difference)
            offset += 4
        }
        return sum.squareRoot()
    }

    @inline(__always)
    private static func difference(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ offset: Int) -> SIMD16<Float> {
        left.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
            - right.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
    }
}

extension Tensor {
    /// Whether the bytes lie where numbers of four bytes may be read.
    fileprivate var isAligned: Bool {
        storage.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) % 4 == 0 }
    }
}
