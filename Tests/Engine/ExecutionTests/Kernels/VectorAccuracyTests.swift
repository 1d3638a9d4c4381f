import Basics
import Glibc
import NeuralNetwork
import TensorCore
import Testing

@testable import Execution

@Suite("Vectorised functions")
struct VectorAccuracyTests {
    struct Function: Sendable, CustomTestStringConvertible {
        var operation: String
        var range: ClosedRange<Double>
        /// The largest error allowed, in units in the last place of the exact result.
        var bound: Double
        var exact: @Sendable (Double) -> Double
        var testDescription: String { "\(operation) in \(range)" }
    }

    static let functions = [
        Function(operation: "Exp", range: -87...88.7, bound: 1.5) { exp($0) },
        Function(operation: "Exp", range: -103...(-87), bound: 1.5) { exp($0) },
        Function(operation: "Log", range: 1e-30...10, bound: 1.5) { log($0) },
        Function(operation: "Log", range: 0.5...2, bound: 1.5) { log($0) },
        Function(operation: "Log", range: 1e-44...1e-37, bound: 1.5) { log($0) },
        Function(operation: "Tanh", range: -10...10, bound: 1.5) { tanh($0) },
        Function(operation: "Tanh", range: -0.7...0.7, bound: 1.5) { tanh($0) },
        Function(operation: "Sigmoid", range: -85...85, bound: 2.5) { 1 / (1 + exp(-$0)) },
        Function(operation: "Sigmoid", range: -5...5, bound: 2.5) { 1 / (1 + exp(-$0)) },
        Function(operation: "Erf", range: -5...5, bound: 1.5) { erf($0) },
        Function(operation: "Erf", range: -1e-3...1e-3, bound: 1.5) { erf($0) },
    ]

    @Test("Errors stay within a unit or two in the last place", arguments: functions)
    func accuracy(_ function: Function) throws {
        var generator = SeededRandom(seed: 7)
        let values = (0..<20_000).map { _ in
            Float(generator.uniform(function.range.lowerBound, function.range.upperBound))
        }
        let results = try runKernel(function.operation, [Tensor(values, shape: [values.count])])[0].floats()
        var worst = (error: 0.0, value: Float(0))
        for (value, result) in zip(values, results) {
            let exact = function.exact(Double(value))
            let unit = max(Double(Float(abs(exact)).ulp), 0x1p-149)
            let error = abs(Double(result) - exact) / unit
            if !(error <= worst.error) { worst = (error, value) }
        }
        #expect(worst.error <= function.bound, "at \(worst.value)")
    }

    @Test("Infinities, zeros and what is no number come out as they should")
    func specialValues() throws {
        let infinity = Float.infinity
        let values: [Float] = [0, infinity, -infinity, .nan, 200, -200]
        func results(_ operation: String) throws -> [Float] {
            try runKernel(operation, [Tensor(values, shape: [values.count])])[0].floats()
        }
        func agree(_ left: [Float], _ right: [Float]) -> Bool {
            zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        }
        #expect(agree(try results("Exp"), [1, infinity, 0, .nan, infinity, 0]))
        #expect(agree(try results("Log"), [-infinity, infinity, .nan, .nan, logf(200), .nan]))
        #expect(agree(try results("Tanh"), [0, 1, -1, .nan, 1, -1]))
        #expect(agree(try results("Sigmoid"), [0.5, 1, 0, .nan, 1, 0]))
        #expect(agree(try results("Erf"), [0, 1, -1, .nan, 1, -1]))
        #expect(agree(try results("Relu"), [0, infinity, 0, .nan, 200, 0]))
        #expect(agree(try results("Softplus"), [logf(2), infinity, 0, .nan, 200, 0]))
    }
}
