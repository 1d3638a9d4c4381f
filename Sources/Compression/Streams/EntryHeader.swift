import TensorCore

/// The fields before the streams of a layer's entry.
enum EntryHeader {
    static func byteCount(shape: Shape, layout: LayoutChoice, clusters: Int?, entries: Int, codeByteCount: Int) -> Int {
        var count = 5 + shape.dimensions.reduce(0) { $0 + LEB128.byteCount($1) }
        if clusters != nil { count += 2 }
        if layout == .sparse { count += LEB128.byteCount(entries) + LEB128.byteCount(codeByteCount) }
        return count
    }
}

/// Unsigned integers in seven bits a byte, the least significant first, the top bit set on all but the last byte.
enum LEB128 {
    static func byteCount(_ value: Int) -> Int { max(1, (value.bitWidth - value.leadingZeroBitCount + 6) / 7) }
}
