import Foundation
import Reconstruction
import Testing

/// Cases that `make_reconstruction.py` solved with numpy.linalg.lstsq.
private struct Case: Decodable {
    var name: String
    var inputs: Int
    var outputs: Int
    var ridge: Double
    var masked: Bool
    var second: [Double]
    var cross: [Double]
    var start: [Double]
    var solution: [Double]
}

func golden(_ name: String) throws -> Data {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Goldens"))
    return try Data(contentsOf: url)
}

@Suite("Least squares from moments")
struct LeastSquaresTests {
    @Test("The closed form is what numpy's least squares finds, with zeros and ridges")
    func goldens() throws {
        let cases = try JSONDecoder().decode([Case].self, from: try golden("least-squares"))
        #expect(cases.count == 6)
        for one in cases {
            let problem = LeastSquares(
                second: one.second, cross: one.cross, inputs: one.inputs, outputs: one.outputs, ridge: one.ridge)
            let found = problem.solution(from: one.start, mask: one.masked ? one.start.map { $0 != 0 } : nil)
            let worst = zip(found, one.solution).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst < 1e-6, "\(one.name): \(worst)")
        }
    }

    @Test("Inputs that depend on each other are solved without a ridge too, and what they do not determine stays")
    func singular() {
        // Two inputs that are always equal: only the sum of their weights matters.
        let problem = LeastSquares(second: [1, 1, 1, 1], cross: [3, 3], inputs: 2, outputs: 1, ridge: 0)
        let found = problem.solution(from: [2, 0])
        #expect(abs(found[0] + found[1] - 3) < 1e-6)
        #expect(abs(found[0] - found[1] - 2) < 1e-3)
    }

    @Test("Inputs that are always zero leave the weights as they were")
    func dead() {
        let problem = LeastSquares(second: [0, 0, 0, 0], cross: [0, 0], inputs: 2, outputs: 1, ridge: 0.01)
        #expect(problem.solution(from: [2, -1]) == [2, -1])
    }

    @Test("A row without weights stays without")
    func emptyRow() {
        let problem = LeastSquares(second: [1, 0, 0, 1], cross: [1, 2, 3, 4], inputs: 2, outputs: 2, ridge: 0)
        #expect(problem.solution(from: [0, 0, 1, 0], mask: [false, false, true, false]) == [0, 0, 3, 0])
    }
}
