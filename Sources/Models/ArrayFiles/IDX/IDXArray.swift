import Basics
import TensorCore

/// One array in the file format of MNIST, plain or compressed with gzip.
///
///     0  0  element type  rank │ extent, 4 bytes big-endian, × rank │ elements, big-endian, row by row
public enum IDXArray {
    /// Inflated bytes that a file may take beside many times its own size.
    private static let freeInflation = 1 << 27
    private static let greatestInflation = 128

    /// Whether the file, inflated if need be, begins as IDX files do.
    public static func isIDX(_ file: MappedFile) -> Bool {
        guard let bytes = try? beginning(of: file, count: 4), bytes.count == 4 else { return false }
        return bytes[0] == 0 && bytes[1] == 0 && elementType(bytes[2]) != nil && bytes[3] > 0
    }

    /// Reads a file: mapped where it holds bytes that are not compressed, converted otherwise.
    public static func read(_ file: MappedFile) throws(ArrayFileError) -> Tensor {
        let start = try beginning(of: file, count: 4)
        guard start.count == 4, start[0] == 0, start[1] == 0, let type = elementType(start[2]), start[3] > 0 else {
            throw ArrayFileError(file, "is not an IDX file: those begin with two zero bytes, a type and a rank")
        }
        let rank = Int(start[3])
        let headerByteCount = 4 + 4 * rank
        let header = try beginning(of: file, count: headerByteCount)
        guard header.count == headerByteCount else { throw ArrayFileError(file, "is cut off within its IDX header") }
        let extents = (0..<rank).map { axis in
            header[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let shape = Shape(checking: extents), shape.count < 1 << 58 else {
            throw ArrayFileError(file, "says its extents are \(extents), more than any memory holds")
        }
        let description = ArrayDescription(
            elementType: type, isBigEndian: type.byteCount > 1, isFortranOrder: false, shape: shape)
        let byteCount = headerByteCount + description.byteCount
        func check(_ found: Int) throws(ArrayFileError) {
            guard found == byteCount else {
                throw ArrayFileError(
                    file,
                    "\(found < byteCount ? "is cut off" : "goes on too long"): \(shape) of \(type) takes \(byteCount) bytes "
                        + "with its header, found \(found)")
            }
        }
        guard Gzip.isCompressed(file) else {
            try check(file.byteCount)
            return description.tensor(from: .mapped(file, headerByteCount..<byteCount))
        }
        guard byteCount / Gzip.greatestExpansion <= file.byteCount else {
            throw ArrayFileError(
                file,
                "is cut off or damaged: its \(file.byteCount) bytes cannot inflate to the \(byteCount) its header asks for")
        }
        // Pixels deflate by a tenth or so, labels by a hundred; only a bomb is large and has nothing in it.
        guard byteCount <= max(freeInflation, file.byteCount * greatestInflation) else {
            throw ArrayFileError(
                file, "would inflate from \(file.byteCount) bytes to \(byteCount), which no images or labels do; get it from somebody you trust")
        }
        var content = try Gzip.inflate(file, limit: byteCount)
        try check(content.count)
        content.removeFirst(headerByteCount)
        return description.tensor(from: .owned(content))
    }

    private static func beginning(of file: MappedFile, count: Int) throws(ArrayFileError) -> [UInt8] {
        if Gzip.isCompressed(file) { return try Gzip.beginning(of: file, count: count) }
        return file.withUnsafeBytes { Array($0.prefix(count)) }
    }

    private static func elementType(_ code: UInt8) -> ElementType? {
        switch code {
        case 0x08: .uint8
        case 0x09: .int8
        case 0x0b: .int16
        case 0x0c: .int32
        case 0x0d: .float32
        case 0x0e: .float64
        default: nil
        }
    }
}
