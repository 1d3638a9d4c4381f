import CZlib

/// The CRC-32 of a member's bytes, as ZIP archives have it.
public struct ZIPChecksum: Sendable {
    private var state: UInt = 0

    public init() {}

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        state = UInt(crc32_z(state, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }

    public var value: UInt32 { UInt32(truncatingIfNeeded: state) }
}
