/// Reads fields most significant bit first; behind the end there are zeros, and `isOverrun` tells that they were read.
struct BitReader {
    private var cursor: UnsafePointer<UInt8>?
    private let end: UnsafePointer<UInt8>?
    /// The bits ahead, from the top.
    private var window: UInt64 = 0
    /// How many of them are real or zeros from behind the end.
    private var available = 0
    /// Zeros that were put in the window from behind the end.
    private var borrowed = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        cursor = bytes.baseAddress
        end = bytes.baseAddress.map { $0 + bytes.count }
    }

    /// Whether bits were consumed that the bytes do not hold.
    var isOverrun: Bool { borrowed > available }

    /// Whether less than a byte is left, and that all zeros.
    var isAtPadding: Bool {
        guard let cursor, let end else { return true }
        let left = (end - cursor) * 8 + available - borrowed
        return left >= 0 && left < 8 && (left == 0 || window >> UInt64(64 - left) == 0)
    }

    /// Makes at least 57 bits available.
    @inline(__always)
    mutating func refill() {
        guard available < 57 else { return }
        if let cursor, let end, end - cursor >= 8 {
            // Bounds: eight bytes are left. Whole bytes are taken, as many as fit; bits of the word beyond them enter the
            // window too, and the next refill puts the same bits in the same place.
            let word = UInt64(bigEndian: UnsafeRawPointer(cursor).loadUnaligned(as: UInt64.self))
            window |= word &>> UInt64(available)
            let taken = (63 &- available) &>> 3
            self.cursor = cursor + taken
            available &+= taken &* 8
            return
        }
        while available <= 56 {
            if let cursor, let end, cursor < end {
                window |= UInt64(cursor.pointee) << UInt64(56 - available)
                self.cursor = cursor + 1
            } else {
                borrowed += 8
            }
            available += 8
        }
    }

    /// The next `count` ≤ 32 bits, without consuming them; at least so many must be available.
    @inline(__always)
    func peek(_ count: Int) -> Int { Int(truncatingIfNeeded: (window &>> 32) &>> UInt64(32 &- count)) }

    /// All bits ahead, from the top.
    var ahead: UInt64 { window }

    /// Consumes `count` bits that are available.
    @inline(__always)
    mutating func skip(_ count: Int) {
        window = window &<< UInt64(count)
        available &-= count
    }

    /// Reads a field of `count` ≤ 32 bits.
    @inline(__always)
    mutating func read(_ count: Int) -> Int {
        refill()
        let value = peek(count)
        skip(count)
        return value
    }
}
