import Basics
import Compression
import Evaluation

extension NetworkSearch {
    /// Measures what each layer's option costs beside the others, by giving the layer its weights back, and corrects what is predicted: a factor
    /// for the stages that are used, and one for each layer as far as the measurement is sure.
    func learn(at choice: [Int]) throws {
        let together = try report(choice, on: .few).distances
        let units = choice.indices.filter { table.options[$0][choice[$0]].loss > 0 }
        var measured: [(unit: Int, option: LayerOption, cost: PairedDistances)] = []
        for (place, unit) in units.enumerated() {
            tell(Double(place) / Double(units.count), "measuring what \(composer.model.layers[table.units[unit].layers[0]].name) costs")
            var without = choice
            without[unit] = 0
            let rest = try report(without, on: .few).distances
            measured.append((unit, table.options[unit][choice[unit]], PairedDistances(together, minus: rest)))
        }
        let predicted = measured.reduce(0) { $0 + $1.option.loss }
        guard predicted > 0 else { return }
        correct { correction in
            let overall = together.mean / predicted
            if overall.isFinite, overall > 0 { correction.overall = overall }
            for stages in Set(measured.map(\.option.stages)) {
                let own = measured.filter { $0.option.stages == stages }
                let sum = own.reduce((cost: 0.0, loss: 0.0)) { ($0.cost + $1.cost.mean, $0.loss + $1.option.loss) }
                // Of a few layers that measure next to nothing, nothing is learned.
                if sum.loss > 0.05 * predicted { correction.set(sum.cost / sum.loss, for: stages) }
            }
            for item in measured {
                correction.learn(item.cost, of: item.unit, expected: item.option.loss * correction.factor(item.unit, item.option))
            }
        }
    }

    /// Moves bytes (or multiply-accumulates) from layer to layer: one is given more, others pay. What is surely better on few samples, and on
    /// all, is kept. Returns the best choice.
    func move(from start: [Int], _ network: FoundNetwork, _ price: SearchPrice, within limit: Int, tries: Int, seed: UInt64) throws -> (
        choice: [Int], network: FoundNetwork
    ) {
        var random = SeededRandom(seed: seed &+ 0x5ea2_c4)
        var (choice, best) = (start, network)
        var few: [Double]?
        let hulls = points(price).map { points in (points: points, order: Hull.lower(points)) }
        for turn in 0..<tries {
            tell(Double(turn) / Double(max(1, tries)), "trying moves")
            guard let next = moved(choice, hulls, within: limit, price, &random) else { continue }
            let known = try few ?? report(choice, on: .few).distances
            few = known
            let found = try report(next, on: .few).distances
            guard PairedDistances(found, minus: known).isBetter else { continue }
            let whole = try measure(next)
            guard whole.cost(in: price) <= limit, let before = best.report, let after = whole.report, after.losesNoMore(than: before),
                PairedDistances(after.distances, minus: before.distances).isBetter
            else { continue }
            (choice, best, few) = (next, whole, found)
            foundBetter(best)
        }
        return (choice, best)
    }

    /// A choice with one layer finer and others coarser, at no higher cost.
    private func moved(
        _ choice: [Int], _ hulls: [(points: [(cost: Int, loss: Double)], order: [Int])], within limit: Int, _ price: SearchPrice,
        _ random: inout SeededRandom
    ) -> [Int]? {
        let units = Array(choice.indices).shuffled(using: &random)
        guard let up = units.first(where: { finer(choice[$0], hulls[$0]) != nil }), let better = finer(choice[up], hulls[up]) else { return nil }
        var next = choice
        next[up] = better
        var due = hulls[up].points[better].cost - hulls[up].points[choice[up]].cost
        for down in units where down != up && due > 0 {
            guard let worse = coarser(next[down], hulls[down]) else { continue }
            due -= hulls[down].points[next[down]].cost - hulls[down].points[worse].cost
            next[down] = worse
        }
        return due <= 0 ? next : nil
    }

    private func finer(_ option: Int, _ hull: (points: [(cost: Int, loss: Double)], order: [Int])) -> Int? {
        hull.order.last { hull.points[$0].cost > hull.points[option].cost && hull.points[$0].loss < hull.points[option].loss }
    }

    private func coarser(_ option: Int, _ hull: (points: [(cost: Int, loss: Double)], order: [Int])) -> Int? {
        hull.order.first { hull.points[$0].cost < hull.points[option].cost }
    }
}
