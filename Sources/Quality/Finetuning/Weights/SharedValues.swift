/// The few values that a tensor's weights have, as training moves them.
struct SharedValues {
    /// The value of each weight, as an index into the codebook; 0 is zero.
    var codes: [UInt16]
    var codebook: [Float]

    /// Nil where there are more values than codes.
    init?(_ weights: [Float]) {
        let distinct = Set(weights.map(\.bitPattern)).map { Float(bitPattern: $0) }.filter { $0 != 0 }.sorted()
        guard distinct.count <= 65_535 else { return nil }
        codebook = [0] + distinct
        let places = Dictionary(uniqueKeysWithValues: codebook.enumerated().map { ($1, UInt16($0)) })
        codes = weights.map { places[$0] ?? 0 }
    }

    /// The values that weights of known codes have come to.
    init(_ weights: [Float], codes: [UInt16]) {
        precondition(weights.count == codes.count, "\(codes.count) codes of \(weights.count) weights")
        self.codes = codes
        codebook = [Float](repeating: 0, count: Int(codes.max() ?? 0) + 1)
        for (weight, code) in zip(weights, codes) { codebook[Int(code)] = weight }
    }

    /// The values as a compressed file can hold them: those that share sign, exponent and seven bits of mantissa, which sharing takes for one
    /// value, become their mean; they are less than 0.8% apart.
    func settled() -> [Float] {
        var counts = [Int](repeating: 0, count: codebook.count)
        for code in codes { counts[Int(code)] += 1 }
        var bins: [UInt32: (sum: Double, count: Int)] = [:]
        var first: [UInt32: Float] = [:]
        func bin(_ value: Float) -> UInt32? { value.magnitude < .leastNormalMagnitude ? nil : value.bitPattern >> 16 }
        for (value, count) in zip(codebook, counts) where count > 0 {
            guard let bin = bin(value) else { continue }
            bins[bin, default: (0, 0)].sum += Double(value) * Double(count)
            bins[bin, default: (0, 0)].count += count
            if let known = first[bin], known != value { first[bin] = .nan } else { first[bin] = value }
        }
        let values = codebook.map { value -> Float in
            guard let bin = bin(value), let (sum, count) = bins[bin] else { return 0 }
            // A value that is alone stays as it is, to the last bit.
            if let alone = first[bin], !alone.isNaN { return alone }
            return Float(sum / Double(count))
        }
        return codes.map { values[Int($0)] }
    }
}
