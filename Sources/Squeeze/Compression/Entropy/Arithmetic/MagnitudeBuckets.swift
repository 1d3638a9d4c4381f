/// How a magnitude is divided into bits: 0…7 have a bucket each, then every doubling has four.
///
///     bucket   0 1 2 3 4 5 6 7   8 9 10 11    12 13 14 15   16 …
///     from     0 1 2 3 4 5 6 7   8 10 12 14   16 20 24 28   32 …
enum MagnitudeBuckets {
    /// Magnitudes are below 2¹⁷.
    static let limit = 1 << 17
    /// The smallest magnitude of each bucket, ascending; the last is never reached.
    static let starts: [Int] = (0..<8) + (1...15).flatMap { octave in (4...7).map { $0 << octave } }

    /// log₂ of the number of magnitudes in a bucket.
    @inline(__always)
    static func widthBits(_ bucket: Int) -> Int { bucket < 8 ? 0 : bucket / 4 &- 1 }
}
