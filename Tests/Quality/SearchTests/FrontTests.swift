import Basics
import Testing

@testable import Search

@Suite("Fronts of layers' options")
struct FrontTests {
    /// Units with options of random costs and losses, the first of which loses nothing.
    private func options(units: Int, each: Int, seed: UInt64) -> [[(cost: Int, loss: Double)]] {
        var random = SeededRandom(seed: seed)
        return (0..<units).map { _ in
            [(cost: 1_000, loss: 0.0)] + (0..<each).map { _ in (Int.random(in: 1..<1_000, using: &random), random.uniform()) }
        }
    }

    private func sum(_ choice: [Int], _ options: [[(cost: Int, loss: Double)]]) -> (cost: Int, loss: Double) {
        choice.enumerated().reduce((0, 0)) { ($0.0 + options[$1.offset][$1.element].cost, $0.1 + options[$1.offset][$1.element].loss) }
    }

    /// All choices there are.
    private func all(_ options: [[(cost: Int, loss: Double)]]) -> [[Int]] {
        options.reduce([[]]) { choices, unit in choices.flatMap { choice in unit.indices.map { choice + [$0] } } }
    }

    @Test("Whatever a unit of cost is worth, the best point is on the hull, and no point of the hull is missed", arguments: 0..<20)
    func hull(_ seed: Int) {
        let points = options(units: 1, each: 40, seed: UInt64(seed))[0]
        let hull = Hull.lower(points)
        for (from, to) in zip(hull, hull.dropFirst()) {
            #expect(points[from].cost > points[to].cost && points[from].loss < points[to].loss)
        }
        var found: Set<Int> = []
        for step in 0...4_000 {
            let price = 1e-6 * pow2(Double(step) / 160)
            let best = points.indices.min { points[$0].loss + price * Double(points[$0].cost) < points[$1].loss + price * Double(points[$1].cost) }
            found.insert(best ?? 0)
        }
        #expect(found.isSubset(of: Set(hull)), "\(found) \(hull)")
    }

    private func pow2(_ exponent: Double) -> Double {
        (0..<Int(exponent)).reduce(1) { product, _ in product * 2 } * (1 + exponent - exponent.rounded(.down))
    }

    @Test("At each of its points no other choice of the same cost loses less", arguments: 0..<10)
    func front(_ seed: Int) {
        let options = options(units: 4, each: 5, seed: UInt64(seed) &+ 100)
        let front = Front(options)
        let sums = all(options).map { sum($0, options) }
        for step in 0...front.steps.count {
            let own = sum(front.choice(after: step), options)
            #expect(own.cost == front.points[step].cost && abs(own.loss - front.points[step].loss) < 1e-9)
            let least = sums.filter { $0.cost <= own.cost }.map(\.loss).min() ?? 0
            #expect(own.loss <= least + 1e-9)
        }
        #expect(front.points.first?.loss == 0)
    }

    @Test("A choice keeps to its limit, loses no more than the front there, and nearly as little as any", arguments: 0..<10)
    func limits(_ seed: Int) throws {
        let options = options(units: 4, each: 5, seed: UInt64(seed) &+ 200)
        let sums = all(options).map { sum($0, options) }
        let cheapest = try #require(sums.map(\.cost).min())
        #expect(Front.choice(options, within: cheapest - 1) == nil)
        for limit in stride(from: cheapest, through: 4_000, by: 97) {
            let choice = try #require(Front.choice(options, within: limit))
            let own = sum(choice, options)
            let front = Front(options)
            let step = try #require(front.steps(within: limit))
            #expect(own.cost <= limit && own.loss <= front.points[step].loss + 1e-9)
            // No single other option would fit and be better.
            for unit in options.indices {
                for option in options[unit] {
                    let before = options[unit][choice[unit]]
                    #expect(own.cost + option.cost - before.cost > limit || option.loss >= before.loss)
                }
            }
        }
    }
}
