/// What training may do to a parameter.
public enum Constraint: Sendable, Hashable {
    case free
    /// It stays as it is.
    case frozen
    /// Weights whose bit is 0 are 0 and stay it. Bit i is bit i % 64 of word i / 64.
    case masked(bits: [UInt64])
    /// Weight i is codebook[codes[i]]; a centroid moves by the summed gradients of its members. Code 0 is zero and stays it.
    case shared(codes: [UInt16], codebook: [Float])

    /// The mask of the weights that are not 0.
    public static func keepingZeros(of weights: some Collection<Float>) -> Constraint {
        var bits = [UInt64](repeating: 0, count: (weights.count + 63) / 64)
        for (index, weight) in weights.enumerated() where weight != 0 { bits[index / 64] |= 1 << UInt64(index % 64) }
        return .masked(bits: bits)
    }
}

/// A constraint in the form a step applies it.
enum Binding {
    case free
    case frozen
    /// 1 where a weight is kept, else 0.
    case masked([Float])
    case shared(codes: [UInt16], codebook: [Float])

    init(_ constraint: Constraint, count: Int, name: String) throws(TrainingError) {
        switch constraint {
        case .free: self = .free
        case .frozen: self = .frozen
        case .masked(let bits):
            guard bits.count == (count + 63) / 64 else {
                throw .constraint(parameter: name, reason: "a mask of \(bits.count) words does not fit \(count) weights")
            }
            self = .masked((0..<count).map { bits[$0 / 64] >> UInt64($0 % 64) & 1 == 1 ? 1 : 0 })
        case .shared(let codes, var codebook):
            guard codes.count == count, !codebook.isEmpty, codes.allSatisfy({ Int($0) < codebook.count }) else {
                throw .constraint(
                    parameter: name, reason: "\(codes.count) codes of \(codebook.count) centroids do not fit \(count) weights")
            }
            codebook[0] = 0
            self = .shared(codes: codes, codebook: codebook)
        }
    }

    var constraint: Constraint {
        switch self {
        case .free: .free
        case .frozen: .frozen
        case .masked(let mask): .keepingZeros(of: mask)
        case .shared(let codes, let codebook): .shared(codes: codes, codebook: codebook)
        }
    }

    /// Numbers that an optimizer moves.
    func variableCount(_ count: Int) -> Int {
        switch self {
        case .free, .masked: count
        case .frozen: 0
        case .shared(_, let codebook): codebook.count
        }
    }
}
