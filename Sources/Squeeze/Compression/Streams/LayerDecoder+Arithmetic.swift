/// Decodes the stream of an arithmetic coder into zeroed bytes of exactly as many elements as the shape has; into none where
/// nothing is kept.
func decodeArithmetic(
    _ header: EntryHeader, _ stream: UnsafeBufferPointer<UInt8>, _ codebook: [Float], offset: Int, isKept: Bool
) throws(StreamError) -> [UInt8] {
    guard ArithmeticStream.canHold(header.shape.count, in: stream.count) else {
        throw .truncated(part: .codes, offset: offset, expected: header.shape.count, found: stream.count)
    }
    let order = LevelOrder(negativeCount: header.grid?.below ?? codebook.prefix { $0 < 0 }.count)
    let coded = ArithmeticStream(
        shape: header.shape, coder: header.entropy, order: order, clusters: codebook.count,
        isTrellis: header.grid?.isTrellis == true)
    var storage = [UInt8](repeating: 0, count: isKept ? header.shape.count * 4 : 0)
    var values = CodeValues(header, codebook)
    let allowed = Int32(-order.negativeCount)...Int32(codebook.count - order.negativeCount)
    let isComplete = storage.withUnsafeMutableBytes { region in
        coded.decode(stream) { start, levels in
            for index in levels.indices {
                guard allowed.contains(levels[index]) else { return false }
                guard isKept else { continue }
                let value = values.next(order.code(of: levels[index]))
                region.storeBytes(of: value.bitPattern, toByteOffset: (start + index) * 4, as: UInt32.self)
            }
            return true
        }
    }
    guard isComplete else { throw .invalid(part: .codes, offset: offset, found: stream.count) }
    return storage
}

/// What the codes of a dense layer stand for, one after another.
struct CodeValues {
    private let values: [Float]
    private let grid: CentroidGrid?
    private let order: LevelOrder
    private var cursor: TrellisCursor

    init(_ header: EntryHeader, _ codebook: [Float]) {
        values = [0] + codebook
        grid = header.grid
        order = LevelOrder(negativeCount: header.grid?.below ?? 0)
        cursor = TrellisCursor(isTrellis: header.grid?.isTrellis == true)
    }

    @inline(__always)
    mutating func next(_ code: Int) -> Float {
        guard cursor.isTrellis, let grid else { return values[code] }
        let level = order.level(of: code)
        defer { cursor.pass(level) }
        return TrellisCode.value(level, cursor.quantizer, step: grid.step)
    }
}
