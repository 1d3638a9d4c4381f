import Foundation
import Testing

@testable import Search

@Suite("Searching along a number")
struct LineSearchTests {
    /// What was tried until the end.
    private func run(_ start: Double, slope: Double, tolerance: Double, _ excess: (Double) -> Double) -> [(number: Double, excess: Double)] {
        var search = LineSearch(slope: slope, tolerance: tolerance)
        var tried: [(Double, Double)] = []
        var next: Double? = start
        while let number = next, tried.count < 50 {
            tried.append((number, excess(number)))
            search.add(number, excess: excess(number))
            next = search.next
        }
        return tried
    }

    @Test("It comes within the tolerance from either side, though the slope is only nearly right", arguments: [-6.0, -1, 0.5, 3, 8])
    func converges(_ start: Double) {
        for (slope, function) in [(-0.27, { -0.4 * $0 + 0.02 * sin(5 * $0) + 0.3 }), (1.0, { 1.6 * $0 - 0.7 })] as [(Double, (Double) -> Double)] {
            let tried = run(start, slope: slope, tolerance: 0.05, function)
            #expect(tried.count <= 7 && tried.contains { (-0.05...0).contains($0.excess) }, "\(tried)")
        }
    }

    @Test("It ends where nothing keeps to the budget, where jumps leave nothing between, and with numbers that are none")
    func ends() {
        #expect(run(0, slope: -1, tolerance: 0.01) { _ in 3 }.count == 7)
        #expect(run(0, slope: 1, tolerance: 0.01) { $0 < 2 ? -1 : 1 }.count == 7)
        #expect(run(0, slope: 1, tolerance: 0.01) { _ in .infinity }.count == 7)
        #expect(run(0, slope: 1, tolerance: 0.01) { _ in 0 }.count == 1)
    }
}
