/// All choices of options for which no other of the same cost is predicted to lose less, from the one that loses least to the cheapest.
///
/// Each step moves one layer to the next point of its hull, in the order of what a unit of cost loses: one multiplier for all.
struct Front {
    /// One step: a unit goes on to an option.
    struct Step {
        var unit: Int
        var option: Int
        var cost: Int
        var loss: Double
    }

    /// Where it begins: the option of each unit that loses least.
    let start: [Int]
    let steps: [Step]
    /// Cost and loss before the first step and after each.
    let points: [(cost: Int, loss: Double)]

    /// `options` are the costs and losses of each unit's options.
    init(_ options: [[(cost: Int, loss: Double)]]) {
        var start: [Int] = []
        var moves: [(step: Step, slope: Double)] = []
        for (unit, points) in options.enumerated() {
            let hull = Hull.lower(points)
            start.append(hull.first ?? 0)
            for (from, to) in zip(hull, hull.dropFirst()) {
                let cost = points[to].cost - points[from].cost
                let loss = points[to].loss - points[from].loss
                moves.append((Step(unit: unit, option: to, cost: cost, loss: loss), loss / Double(-cost)))
            }
        }
        // Along a hull slopes rise, so that no layer's steps come in another order.
        moves.sort { ($0.slope, $0.step.unit, -$0.step.cost) < ($1.slope, $1.step.unit, -$1.step.cost) }
        self.start = start
        steps = moves.map(\.step)
        var sum = (cost: 0, loss: 0.0)
        for (unit, option) in start.enumerated() where !options[unit].isEmpty {
            sum.cost += options[unit][option].cost
            sum.loss += options[unit][option].loss
        }
        var points = [sum]
        for step in steps {
            sum.cost += step.cost
            sum.loss += step.loss
            points.append(sum)
        }
        self.points = points
    }

    /// The options after so many steps.
    func choice(after count: Int) -> [Int] {
        var choice = start
        for step in steps.prefix(count) { choice[step.unit] = step.option }
        return choice
    }

    /// The fewest steps after which the cost is within a limit; nil where it never is.
    func steps(within limit: Int) -> Int? {
        // Costs fall.
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].cost <= limit { high = middle } else { low = middle + 1 }
        }
        return low < points.count ? low : nil
    }
}

extension Front {
    /// The best choice within a limit of costs: that of the multiplier, and what is left over spent on whatever gains most by a unit of cost.
    static func choice(_ options: [[(cost: Int, loss: Double)]], within limit: Int) -> [Int]? {
        let front = Front(options)
        guard let count = front.steps(within: limit) else { return nil }
        return filled(front.choice(after: count), options, within: limit)
    }

    /// Spends what a choice leaves of a limit.
    static func filled(_ choice: [Int], _ options: [[(cost: Int, loss: Double)]], within limit: Int) -> [Int] {
        var choice = choice
        var room = limit - choice.indices.reduce(0) { $0 + (options[$1].isEmpty ? 0 : options[$1][choice[$1]].cost) }
        while room >= 0 {
            var best: (unit: Int, option: Int, cost: Int, gain: Double)?
            for unit in options.indices where !options[unit].isEmpty {
                let own = options[unit][choice[unit]]
                for (index, option) in options[unit].enumerated() {
                    let (cost, gain) = (option.cost - own.cost, own.loss - option.loss)
                    guard gain > 0, cost <= room else { continue }
                    if let best, gain * Double(max(1, best.cost)) <= best.gain * Double(max(1, cost)) { continue }
                    best = (unit, index, cost, gain)
                }
            }
            guard let best else { break }
            choice[best.unit] = best.option
            room -= best.cost
        }
        return choice
    }
}
