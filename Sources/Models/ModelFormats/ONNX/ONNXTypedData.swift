import Basics
import TensorCore

/// Elements in a typed field (`float_data`, `int32_data`, …): packed or one by one, in one run or several.
struct ONNXTypedData {
    let file: MappedFile
    let runs: [ONNXPayload]
    let type: ElementType

    /// The elements as a tensor stores them. `mismatch` throws for another number of them than `count`.
    func storage(
        count: Int, mismatch: (_ found: String) throws(ModelFileError) -> Never
    ) throws(ModelFileError) -> TensorStorage {
        switch type {
        case .float32, .float64:
            // Packed numbers of fixed width lie in the file as in memory.
            if runs.count == 1, runs[0].isPlain {
                guard runs[0].range.count == count * type.byteCount else {
                    try mismatch("\(runs[0].range.count.grouped) bytes of \(type.rawValue)")
                }
                return .mapped(file, runs[0].range)
            }
        default: break
        }
        let chunks = try packedChunks()
        let found = chunks.reduce(0) { $0 + elementCount(in: $1) }
        guard found == count else { try mismatch(found.grouped) }
        // `found` elements took at least as many bytes of the file, which bounds what is allocated here.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * type.byteCount)
        for chunk in chunks { append(chunk, to: &bytes) }
        guard bytes.count == count * type.byteCount else { try mismatch("numbers that are cut off") }
        return .owned(bytes)
    }

    /// The number of elements the runs hold.
    func elementCount() throws(ModelFileError) -> Int {
        try packedChunks().reduce(0) { $0 + elementCount(in: $1) }
    }

    private var isFixedWidth: Bool { type == .float32 || type == .float64 }

    /// The ranges of the file that hold elements alone.
    private func packedChunks() throws(ModelFileError) -> [Range<Int>] {
        var chunks: [Range<Int>] = []
        for run in runs {
            if run.isPlain {
                chunks.append(run.range)
                continue
            }
            do throws(WireReader.Fault) {
                try file.withUnsafeBytes { bytes throws(WireReader.Fault) in
                    var reader = WireReader(bytes, range: run.range)
                    while let field = try reader.next() {
                        let isElement =
                            isFixedWidth
                            ? field.wireType == (type == .float32 ? .fourBytes : .eightBytes) : field.wireType == .varint
                        guard isElement || field.wireType == .lengthDelimited else {
                            throw .malformed(at: field.start, expected: type.rawValue, found: "another type")
                        }
                        chunks.append(field.value)
                    }
                }
            } catch {
                throw .malformed(
                    path: file.path, place: .byte(run.range.lowerBound), expected: "elements of \(type.rawValue)",
                    found: "something else")
            }
        }
        return chunks
    }

    private func elementCount(in chunk: Range<Int>) -> Int {
        if isFixedWidth { return chunk.count / type.byteCount }
        return file.withUnsafeBytes { bytes in
            // A varint ends with the byte that has no continuation bit.
            UnsafeRawBufferPointer(rebasing: bytes[chunk]).reduce(0) { $0 + ($1 < 0x80 ? 1 : 0) }
        }
    }

    private func append(_ chunk: Range<Int>, to output: inout [UInt8]) {
        file.withUnsafeBytes { bytes in
            if isFixedWidth {
                output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[chunk]))
                return
            }
            let width = type.byteCount
            var value: UInt64 = 0
            var shift: UInt64 = 0
            for byte in UnsafeRawBufferPointer(rebasing: bytes[chunk]) {
                value |= UInt64(byte & 0x7f) << shift  // shifts of 64 and more yield 0
                shift += 7
                if byte < 0x80 {
                    // Little-endian; negative numbers are sign-extended, so the low bytes are the element.
                    for index in 0..<width { output.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
                    value = 0
                    shift = 0
                }
            }
        }
    }
}
