// A checkpoint, all numbers little-endian:
//
//     "PARETRN2"  fingerprint u64  step u64  sums of the epoch  best score  parameters  rule's states  constraints  best
//     parameters  carried values  averaged weights  history  the discriminator's parameters and rule's states  FNV-1a of all before u64
//
// Arrays begin with their count as u64. The fingerprint tells training of one kind from another, so that a checkpoint is not
// continued with another network, data size or rule.

/// Writes a checkpoint's numbers one after the other.
struct CheckpointWriter {
    static let magic: [UInt8] = Array("PARETRN2".utf8)

    private(set) var bytes: [UInt8] = magic

    mutating func put(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
    mutating func put(_ number: Double) { put(number.bitPattern) }

    mutating func put<Number: BitwiseCopyable>(_ numbers: [Number]) {
        put(numbers.count)
        numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    consuming func finished() -> [UInt8] {
        put(Self.checksum(bytes[...]))
        return bytes
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        bytes.withUnsafeBufferPointer { bytes in
            for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        }
        return sum
    }
}

/// Reads them back; a fault where the bytes end too early.
struct CheckpointReader {
    /// What is wrong, in words.
    struct Fault: Error { var reason: String }

    private let bytes: [UInt8]
    private var position = 8
    private let end: Int

    init(_ bytes: [UInt8]) throws(Fault) {
        guard bytes.count >= 16, Array(bytes.prefix(8)) == CheckpointWriter.magic else {
            throw Fault(reason: "it is no checkpoint")
        }
        self.bytes = bytes
        end = bytes.count - 8
        position = end
        let sum = try integer(upTo: bytes.count)
        guard sum == CheckpointWriter.checksum(bytes[..<end]) else { throw Fault(reason: "the checkpoint is damaged") }
        position = 8
    }

    private mutating func integer(upTo end: Int) throws(Fault) -> UInt64 {
        guard end - position >= 8 else { throw Fault(reason: "the checkpoint ends early") }
        defer { position += 8 }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
    }

    mutating func integer() throws(Fault) -> UInt64 { try integer(upTo: end) }

    /// A count, which is believed only as far as the bytes go.
    mutating func count() throws(Fault) -> Int {
        let number = try integer()
        guard number <= UInt64(end) else { throw Fault(reason: "the checkpoint ends early") }
        return Int(number)
    }

    mutating func double() throws(Fault) -> Double { Double(bitPattern: try integer()) }

    mutating func array<Number: BitwiseCopyable>(of type: Number.Type) throws(Fault) -> [Number] {
        let count = try count()
        let size = MemoryLayout<Number>.size
        guard count <= (end - position) / size else { throw Fault(reason: "the checkpoint ends early") }
        defer { position += count * size }
        return bytes.withUnsafeBytes { bytes in
            (0..<count).map { bytes.loadUnaligned(fromByteOffset: position + $0 * size, as: type) }
        }
    }
}
