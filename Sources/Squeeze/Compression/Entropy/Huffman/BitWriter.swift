/// Writes fields most significant bit first into a region of known size.
struct BitWriter {
    private var cursor: UnsafeMutablePointer<UInt8>
    private let end: UnsafeMutablePointer<UInt8>
    /// Bits not stored yet, from the top; fewer than 32.
    private var pending: UInt64 = 0
    private var pendingCount = 0

    /// Writes `byteCount` bytes from `base` on, which must be exactly what the fields come to.
    init(_ base: UnsafeMutablePointer<UInt8>, byteCount: Int) {
        cursor = base
        end = base + byteCount
    }

    /// Writes the lower `count` ≤ 57 bits of `bits`; those above must be 0.
    @inline(__always)
    mutating func write(_ bits: UInt64, count: Int) {
        if count > 32 {
            append(bits &>> 32, count: count &- 32)
            append(bits & 0xffff_ffff, count: 32)
        } else {
            append(bits, count: count)
        }
    }

    @inline(__always)
    private mutating func append(_ bits: UInt64, count: Int) {
        pending |= (bits &<< UInt64(truncatingIfNeeded: 32 &- count)) &<< UInt64(truncatingIfNeeded: 32 &- pendingCount)
        pendingCount &+= count
        if pendingCount >= 32 {
            // Bounds: four whole bytes were written to the stream, so the region has room for them.
            precondition(end - cursor >= 4, "the stream is longer than its account")
            UnsafeMutableRawPointer(cursor).storeBytes(of: UInt32(pending >> 32).bigEndian, as: UInt32.self)
            cursor += 4
            pending <<= 32
            pendingCount &-= 32
        }
    }

    /// Pads to a whole byte with zeros; the region must then be full.
    mutating func finish() {
        while pendingCount > 0 {
            precondition(cursor < end, "the stream is longer than its account")
            cursor.pointee = UInt8(pending >> 56)
            cursor += 1
            pending <<= 8
            pendingCount -= 8
        }
        precondition(cursor == end, "the stream is shorter than its account")
    }
}
