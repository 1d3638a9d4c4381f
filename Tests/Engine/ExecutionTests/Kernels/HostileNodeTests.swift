import Basics
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

/// Nodes as a damaged or hostile file may have them.
@Suite("Kernels of hostile nodes")
struct HostileNodeTests {
    private static let numbers = [Int.min, -(1 << 40), -3, -1, 0, 1, 2, 5, 1 << 33, 1 << 41, Int.max]
    /// Kernels whose values would take more are made but not run.
    private static let largestByteCount = 1 << 20

    @Test("Attributes, shapes and indices out of range are faults or harmless", arguments: 0..<6)
    func mutations(round: Int) throws {
        var generator = SeededRandom(seed: UInt64(1 + round))
        var runs = 0
        for golden in try OperatorCase.all() {
            var golden = golden
            for _ in 0...generator.next(below: 2) { golden.mutate(&generator, Self.numbers) }
            do {
                let kernel = try golden.kernel()
                let byteCounts = kernel.outputs.map { $0.shape.count } + [kernel.scratchByteCount]
                guard byteCounts.allSatisfy({ $0 <= Self.largestByteCount }) else { continue }
                _ = try golden.run(kernel)
                runs += 1
            } catch is KernelFault {} catch is ShapeInferenceError {}
        }
        #expect(runs > 100)
    }
}

extension SeededRandom {
    fileprivate mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
    fileprivate mutating func pick<Element>(_ elements: [Element]) -> Element { elements[next(below: elements.count)] }
}

extension OperatorCase {
    /// Changes one attribute, one shape, one element of an integer input, or the operator set.
    fileprivate mutating func mutate(_ generator: inout SeededRandom, _ numbers: [Int]) {
        switch generator.next(below: 5) {
        case 0:
            let names = attributes.keys.sorted()
            guard !names.isEmpty else { return }
            let name = generator.pick(names)
            if attributes[name]?.integer != nil { attributes[name]?.integer = generator.pick(numbers) }
            if var values = attributes[name]?.integers {
                if values.isEmpty || generator.next(below: 3) == 0 {
                    values.append(generator.pick(numbers))
                } else {
                    values[generator.next(below: values.count)] = generator.pick(numbers)
                }
                attributes[name]?.integers = values
            }
            if attributes[name]?.float != nil {
                attributes[name]?.float = generator.pick([.nan, .infinity, -.infinity, 0, -1, 1e30])
            }
            if attributes[name]?.text != nil { attributes[name]?.text = generator.pick(["", "reverse", "linear", "é"]) }
        case 1:
            // An axis of few elements instead, with as many elements as that takes.
            guard let index = inputs.indices.randomElement(using: &generator), var value = inputs[index] else { return }
            if value.shape.isEmpty || generator.next(below: 4) == 0 {
                value.shape.append(generator.next(below: 3))
            } else {
                value.shape[generator.next(below: value.shape.count)] = generator.next(below: 4)
            }
            let byteCount = Shape(value.shape).count * value.type.byteCount
            value.data = value.data.prefix(byteCount) + Array(repeating: 0, count: max(0, byteCount - value.data.count))
            inputs[index] = value
        case 2:
            guard let index = inputs.indices.randomElement(using: &generator), var value = inputs[index] else { return }
            guard !value.data.isEmpty else { return }
            let wild = withUnsafeBytes(of: Int64(generator.pick(numbers))) { Array($0) }
            let size = value.type.byteCount
            let start = generator.next(below: value.data.count / size) * size
            value.data = value.data.prefix(start) + wild.prefix(size) + value.data.dropFirst(start + size)
            inputs[index] = value
        case 3:
            guard let index = inputs.indices.randomElement(using: &generator) else { return }
            switch generator.next(below: 3) {
            case 0: inputs[index] = nil
            case 1: inputs[index]?.isConstant = false
            default:
                guard var value = inputs[index] else { return }
                value.type = generator.pick(ElementType.allCases)
                let byteCount = Shape(value.shape).count * value.type.byteCount
                value.data = value.data.prefix(byteCount) + Array(repeating: 0, count: max(0, byteCount - value.data.count))
                inputs[index] = value
            }
        default:
            operatorSet = generator.pick([7, 9, 10, 11, 13, 18, 22])
        }
    }
}
