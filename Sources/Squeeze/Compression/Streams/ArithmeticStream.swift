import Basics
import TensorCore

/// The codes of a dense layer through an arithmetic coder, row by row.
struct ArithmeticStream {
    /// What the codes are taken from, or what becomes of them.
    let shape: Shape
    let coder: EntropyCoder
    let order: LevelOrder
    let clusters: Int
    /// Whether the levels are those of a trellis.
    let isTrellis: Bool

    /// Weights that are coded between two looks at the token, or a row of the context model where that is longer.
    private static let pieceLength = 1 << 14

    /// Codes all levels: an encoder gets them from `exchange`, which fills what it is given; a decoder's are handed to it.
    private func run<Coder: BinaryCoder>(
        _ coder: inout Coder, isDecoding: Bool, cancellation: CancellationToken?,
        exchange: (_ start: Int, UnsafeMutableBufferPointer<Int32>) -> Bool
    ) -> Bool {
        var context = self.coder == .context ? ContextModel(shape: shape) : nil
        var zeroOrder = self.coder == .context ? nil : OrderZeroModel(clusters: clusters)
        let rowLength = context?.columns ?? 1
        let pieceLength = max(1, ArithmeticStream.pieceLength / max(1, rowLength)) * max(1, rowLength)
        var trellis = TrellisCursor(isTrellis: isTrellis)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: min(pieceLength, max(1, shape.count))) { piece in
            var start = 0
            while start < shape.count {
                if cancellation?.isCancelled == true { return false }
                let levels = UnsafeMutableBufferPointer(rebasing: piece[..<min(pieceLength, shape.count - start)])
                if !isDecoding, !exchange(start, levels) { return false }
                if context != nil {
                    for row in stride(from: 0, to: levels.count, by: rowLength) {
                        let end = min(row + rowLength, levels.count)
                        context?.codeRow(UnsafeMutableBufferPointer(rebasing: levels[row..<end]), &coder, &trellis)
                    }
                } else {
                    for index in levels.indices {
                        let code = zeroOrder?.code(order.code(of: levels[index]), &coder) ?? 0
                        guard code <= clusters else { return false }
                        levels[index] = order.level(of: code)
                    }
                }
                if isDecoding, !exchange(start, levels) { return false }
                start += levels.count
            }
            return true
        }
    }

    /// Whether so many bytes can hold so many weights: each takes a bit at least, of a chance that stays away from certainty.
    static func canHold(_ count: Int, in byteCount: Int) -> Bool { count / 400_000 <= byteCount + 8 }

    /// The stream of the levels, or only its length.
    func encoded(
        keepsBytes: Bool, cancellation: CancellationToken?, fill: (_ start: Int, UnsafeMutableBufferPointer<Int32>) -> Void
    ) throws(Cancelled) -> (bytes: [UInt8], byteCount: Int) {
        var encoder = RangeEncoder(keepsBytes: keepsBytes)
        _ = run(&encoder, isDecoding: false, cancellation: cancellation) { start, levels in
            fill(start, levels)
            return true
        }
        try cancellation?.check()
        encoder.finish()
        return (encoder.bytes, encoder.byteCount)
    }

    /// Hands out the levels of a stream; false where it is none of this kind.
    func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, take: (_ start: Int, UnsafeMutableBufferPointer<Int32>) -> Bool
    ) -> Bool {
        var decoder = RangeDecoder(bytes)
        // Zero bytes at the end are never written.
        return run(&decoder, isDecoding: true, cancellation: nil, exchange: take) && decoder.isAtEnd && bytes.last != 0
    }
}

/// Follows the states of a trellis over the levels of a layer; without a trellis there is one quantizer.
struct TrellisCursor {
    let isTrellis: Bool
    private var state = 0
    private var place = 0

    init(isTrellis: Bool) { self.isTrellis = isTrellis }

    /// The quantizer of the next level.
    var quantizer: Int { TrellisCode.quantizer(state) }

    /// Goes past a level.
    @inline(__always)
    mutating func pass(_ level: Int32) {
        guard isTrellis else { return }
        place &+= 1
        state = place & (TrellisCode.blockLength &- 1) == 0 ? 0 : TrellisCode.next(state, level)
    }
}
