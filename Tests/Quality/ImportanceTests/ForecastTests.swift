import Basics
import Compression
import Foundation
import TestNetworks
import Testing

@testable import Evaluation
@testable import Importance

@Suite("What configurations are expected to measure")
struct ForecastTests {
    /// The table of an original that answers four classes, some clearly and some not.
    private func table() throws -> MarginTable {
        var random = SeededRandom(seed: 7)
        var margins = Margins()
        for _ in 0..<150 {
            margins.add([Float.random(in: 1...7, using: &random), 0, Float.random(in: -2...0.5, using: &random), -1], label: nil)
        }
        let curve = try #require(margins.keeping(losses: MarginTable.losses))
        return MarginTable(
            .agreement, original: 1, samples: 150, values: curve.map { 1 + $0.change }, spreads: curve.map { ($0.variance / 150).squareRoot() })
    }

    private func configuration(_ losses: [Double?], pruned: Bool = true) -> PredictedConfiguration {
        var made = PredictedConfiguration()
        let plan = pruned ? LayerPlan(prune: .sparsity(0.5)) : LayerPlan(share: SharePlan(clusters: 8))
        for (layer, loss) in losses.enumerated() where loss != 0 { made.add(loss.map { PredictedLoss($0) }, of: layer, under: plan) }
        return made
    }

    @Test("What changes nothing measures what the original does; what is not known is not foretold")
    func edges() throws {
        let forecaster = Forecaster(try table())
        let whole = try #require(forecaster.forecast(PredictedConfiguration()))
        #expect(whole.value == 1 && whole.interval == 1...1)
        let unknown = configuration([0.1, nil])
        #expect(forecaster.forecast(unknown) == nil && unknown.unknown == [1])
    }

    @Test("Larger losses are expected to measure worse, within wider bounds that hold the value")
    func order() throws {
        let forecaster = Forecaster(try table())
        var last = (value: 1.0, low: 1.0)
        for loss in [1e-4, 1e-3, 1e-2, 0.1, 1] {
            let found = try #require(forecaster.forecast(configuration([loss / 2, loss / 2])))
            #expect(found.metric == .agreement && found.interval.contains(found.value))
            #expect(found.value <= last.value && found.interval.lowerBound <= last.low)
            last = (found.value, found.interval.lowerBound)
        }
        #expect(last.value < 0.8)
    }

    @Test("What was measured moves forecasts of what is like it, and narrows them")
    func learning() throws {
        let table = try table()
        var forecaster = Forecaster(table)
        let (measured, alike, other) = (configuration([0.05, 0.1]), configuration([0.055, 0.11]), configuration([0, 0, 0, 1e-3], pruned: false))
        let before = try [alike, other].map { try #require(forecaster.forecast($0)) }
        // Samples that turn over anyway say less of the loss than those that do so for it.
        #expect(forecaster.correction(measured) == 1)
        forecaster.learn(ForecastObservation(measured, measured: table.value(losing: 2)))
        #expect(forecaster.correction(measured) > 1.5 && forecaster.correction(alike) > 1.5 && forecaster.correction(configuration([nil])) == 1)
        let after = try [alike, other].map { try #require(forecaster.forecast($0)) }
        #expect(after[0].loss > 1.1 * before[0].loss && after[0].loss / before[0].loss > after[1].loss / before[1].loss)
        #expect(after[0].value < before[0].value)
    }

    @Test("Intervals that hold what is measured become narrower, and those that do not wider")
    func widening() throws {
        let table = try table()
        var (good, bad) = (Forecaster(table), Forecaster(table))
        for step in 1...12 {
            let next = configuration([0.01 * Double(step), 0.02])
            good.learn(ForecastObservation(next, measured: try #require(good.forecast(next)).value))
            bad.learn(ForecastObservation(next, measured: try #require(bad.forecast(next)).interval.lowerBound - 0.01))
        }
        #expect(good.widening < Forecaster(table).widening && bad.widening > Forecaster(table).widening)
        let again = good.widening
        good.learn(try #require(good.observations.last))
        #expect(good.observations.count == 12 && good.widening == again)
        let resumed = Forecaster(table, continuing: good.observations, widening: good.widening)
        let wanted = configuration([0.03, 0.03])
        #expect(resumed.forecast(wanted) == good.forecast(wanted))
    }

    @Test("The order of what was learned does not matter, and it is the newest that counts")
    func newest() throws {
        let table = try table()
        let seen = (1...5).map { ForecastObservation(configuration([0.02 * Double($0), 0.05]), measured: table.value(losing: 0.04 * Double($0))) }
        var (one, other, many) = (Forecaster(table), Forecaster(table), Forecaster(table))
        for observation in seen { one.learn(observation) }
        for observation in seen.reversed() { other.learn(observation) }
        let wanted = configuration([0.03, 0.03])
        let (left, right) = (try #require(one.forecast(wanted)), try #require(other.forecast(wanted)))
        #expect(abs(left.value - right.value) < 1e-3)
        many = Forecaster(table, continuing: (0..<100).map { ForecastObservation(configuration([0.001 * Double($0 + 1)]), measured: 0.9) }, widening: 0)
        #expect(many.observations.count == Forecaster.memory && many.observations.last?.configuration == configuration([0.1]))
    }

    @Test("Where a figure follows the loss's logarithm, the factor is that of a Gaussian process in closed form")
    func closedForm() throws {
        var builder = GraphBuilder(seed: 3)
        _ = builder.store("w", [3, 1, 3, 3], scale: 0.5)
        builder.input("x", [.symbol("N"), .fixed(1), .fixed(6), .fixed(6)])
        builder.node("Conv", ["x", "w"], ["y"], name: "inner", ["kernel_shape": .integers([3, 3])])
        builder.output("y", [.symbol("N"), .fixed(3), .fixed(4), .fixed(4)])
        let evaluator = try Evaluator(builder.model, data: nil)
        try evaluator.measure(Configuration(), cancellation: CancellationToken()) { _ in }
        let table = try #require(evaluator.margins())
        #expect(table.metric == .signalToNoise)
        let configurations = [configuration([0.02]), configuration([0.03, 0.01])]
        let misses = [0.4, -0.1]
        var forecaster = Forecaster(table)
        for (configuration, miss) in zip(configurations, misses) {
            forecaster.learn(ForecastObservation(configuration, measured: table.value(losing: configuration.loss * exp(miss))))
        }
        // Two observations: the inverse of a matrix of two rows by hand.
        let wanted = configuration([0.025, 0.001])
        let k = { ForecastPrior.covariance($0, $1) }
        let (a, b, c) = (
            k(configurations[0], configurations[0]) + ForecastPrior.noise(0.02), k(configurations[0], configurations[1]),
            k(configurations[1], configurations[1]) + ForecastPrior.noise(0.04)
        )
        let residuals = zip(configurations, misses).map { $1 - ForecastPrior.mean($0.loss) }
        let determinant = a * c - b * b
        let weights = [(c * residuals[0] - b * residuals[1]) / determinant, (a * residuals[1] - b * residuals[0]) / determinant]
        let expected = ForecastPrior.mean(0.026) + k(wanted, configurations[0]) * weights[0] + k(wanted, configurations[1]) * weights[1]
        let found = try #require(forecaster.forecast(wanted))
        #expect(abs(log(found.loss / 0.026) - expected) < 1e-4, "\(log(found.loss / 0.026)), not \(expected)")
    }

    @Test("What is kept is read again")
    func kept() throws {
        let observation = ForecastObservation(configuration([0.1, 0, 0.2]), measured: 0.7)
        let text = try JSONEncoder().encode(observation)
        #expect(try JSONDecoder().decode(ForecastObservation.self, from: text) == observation)
    }

    @Test("What was kept and is damaged is not learned from", arguments: ["-1", "1e300", "0"])
    func damaged(loss: String) throws {
        let text = try #require(String(bytes: JSONEncoder().encode(ForecastObservation(configuration([0.5]), measured: 0.7)), encoding: .utf8))
        let broken = try JSONDecoder().decode(ForecastObservation.self, from: Data(text.replacing("0.5", with: loss).utf8))
        let table = try table()
        let forecaster = Forecaster(table, continuing: [broken], widening: .infinity)
        #expect(forecaster.observations.isEmpty && forecaster.widening == Forecaster(table).widening)
        #expect(forecaster.forecast(configuration([1e200])) != nil)
    }
}
