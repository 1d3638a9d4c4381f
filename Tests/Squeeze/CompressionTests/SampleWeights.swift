import Basics
import Compression
import Glibc
import NeuralNetwork
import TensorCore

/// Weights of many kinds from seeds, the same here and in Tests/Generators/support/sample_weights.py.
enum SampleWeights: String, CaseIterable, Codable {
    /// Products of two uniform numbers: peaked at zero, many exponents.
    case product
    /// Multiples of 1/64 in −8/64…8/64: many ties, zeros among them.
    case lattice
    /// Zeros with a weight of 1 every 40,000 or so: distances beyond 16 bits.
    case scattered
    /// Subnormal numbers and both zeros.
    case tiny
    /// All patterns of finite numbers of moderate size.
    case patterns
    /// Positive numbers from 1 to 2.
    case positive
    case zeros
    case equal

    func values(count: Int, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            let bits = random.next()
            let sign: Float = bits >> 63 == 0 ? 1 : -1
            switch self {
            case .product: return sign * Float(UInt32(bits & 0xffff) * UInt32(bits >> 16 & 0xffff)) * 0x1p-33
            case .lattice: return Float(Int(bits % 17) - 8) / 64
            case .scattered: return bits % 40_000 == 0 ? sign : 0
            case .tiny: return Float(bitPattern: UInt32(bits >> 32 & 0x8000_0000) | UInt32(bits % 5 == 0 ? 0 : bits & 0x7fffff))
            case .patterns: return Float(bitPattern: UInt32(truncatingIfNeeded: bits) & 0xbfff_ffff)
            case .positive: return 1 + Float(bits & 0xffffff) * 0x1p-24
            case .zeros: return 0
            case .equal: return -0.3
            }
        }
    }

    /// Laplace-distributed with mean magnitude 1, as trained weights nearly are.
    static func laplace(count: Int, seed: UInt64) -> [Float] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            let magnitude = -log(1 - random.uniform())
            return Float(random.next() & 1 == 0 ? magnitude : -magnitude)
        }
    }

    func tensor(count: Int, seed: UInt64, type: ElementType = .float32) -> Tensor {
        Tensor.sample(values(count: count, seed: seed), type: type)
    }
}

extension Tensor {
    /// Values stored as another type: float16 and bfloat16 by cutting off digits.
    static func sample(_ values: [Float], type: ElementType, shape: Shape? = nil) -> Tensor {
        let shape = shape ?? [values.count]
        let bytes: [UInt8]
        switch type {
        case .float32: return Tensor(values, shape: shape)
        case .float64: bytes = values.map { Double($0) * (1 + 0x1p-40) }.withUnsafeBytes { Array($0) }
        case .bfloat16: bytes = values.map { UInt16($0.bitPattern >> 16) }.withUnsafeBytes { Array($0) }
        case .float16:
            // Sign, an exponent in the middle of the range, and mantissa bits of the float32.
            let halves = values.map { value -> UInt16 in
                let bits = UInt16(value.bitPattern >> 16 & 0x8000) | UInt16(value.bitPattern >> 13 & 0x1fff)
                return value == 0 ? 0 : bits | 0x2000
            }
            bytes = halves.withUnsafeBytes { Array($0) }
        default: preconditionFailure("no samples of \(type)")
        }
        return Tensor(shape: shape, elementType: type, storage: .owned(bytes))
    }
}

extension LayerPlan {
    /// A plan drawn at random from all there are.
    static func random(_ random: inout SeededRandom, largest: Float) -> LayerPlan {
        var plan = LayerPlan()
        switch random.next() % 5 {
        case 0: break
        case 1: plan.prune = .threshold(random.uniform() * Double(largest) * 1.2)
        case 2: plan.prune = .sparsity(random.uniform())
        case 3: plan.prune = .sparsity(random.next() % 2 == 0 ? 1 : 0)
        default: plan.prune = .sigma(random.uniform(0, 2.5))
        }
        if random.next() % 3 > 0 {
            let clusters = [1, 2, 3, 7, 16, 61, 300, 5000][Int(random.next() % 8)]
            let method = SharingMethod.allCases[Int(random.next() % UInt64(SharingMethod.allCases.count))]
            plan.share = SharePlan(clusters: clusters, method: method, seed: random.next())
            if method.isOnGrid, random.next() % 2 == 0 { plan.share?.set(step: Double(largest) / Double(clusters) + 1e-45) }
        }
        plan.code.entropy = EntropyCoder.allCases[Int(random.next() % UInt64(EntropyCoder.allCases.count))]
        plan.code.layout = LayoutChoice.allCases[Int(random.next() % 4)]
        if random.next() % 2 == 0 { plan.code.gapBits = .fixed(1 + Int(random.next() % 16)) }
        return plan
    }
}
