import Execution

/// Where a program may be restarted, and which of those places are worth their memory.
struct CutChoice: Sendable {
    struct Cut: Sendable {
        var step: Int
        /// Bytes a run of it takes.
        var byteCount: Int
        /// The share of a run's work that lies before it.
        var savings: Double
        /// The replaceable tensors before it.
        var weights: Set<Int>
    }

    /// One a step, in order.
    private let cuts: [Cut]
    private let runCount: Int

    /// Savings below this are not worth their memory.
    private static let leastSavings = 0.02

    init(_ program: Program, runCount: Int) {
        let total = Double(max(1, program.cost(before: program.stepCount)))
        cuts = (0..<program.stepCount).map { step in
            Cut(
                step: step, byteCount: program.byteCount(ofCutBefore: step),
                savings: Double(program.cost(before: step)) / total, weights: program.weights(before: step))
        }
        self.runCount = runCount
    }

    /// The cut to keep for somebody who works on what `step` is the first to use: late, but small enough to be kept of all
    /// runs.
    func cut(before step: Int, budget: Int) -> Cut? {
        let candidates = cuts.prefix(step + 1).filter { $0.savings >= Self.leastSavings && $0.byteCount > 0 }
        func worth(_ cut: Cut) -> Double {
            let need = Double(cut.byteCount) * Double(runCount) / Double(max(1, budget))
            // A cut that does not fit helps only with the first runs.
            return need <= 1 ? cut.savings - 0.05 * need : cut.savings / need * 0.5
        }
        return candidates.max { worth($0) < worth($1) }
    }

    /// A few cuts along the network, for whoever begins to work somewhere; together they take half of the budget at most.
    func spine(budget: Int) -> [Cut] {
        var chosen: [Cut] = []
        var room = budget / 2
        for share in [0.9, 0.5, 0.75, 0.97] {
            guard let step = cuts.last(where: { $0.savings <= share })?.step,
                let cut = cut(before: step, budget: room), cut.byteCount * runCount <= room,
                !chosen.contains(where: { abs($0.savings - cut.savings) < 0.05 })
            else { continue }
            room -= cut.byteCount * runCount
            chosen.append(cut)
        }
        return chosen
    }

    /// The cuts to look for in a cache, deepest first.
    func all(_ steps: Set<Int>) -> [Cut] { cuts.filter { steps.contains($0.step) }.reversed() }
}
