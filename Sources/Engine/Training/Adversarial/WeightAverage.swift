import Execution

/// The exponential moving average of a network's trained weights, which wanders less than they do (Yazıcı and others 2019).
struct WeightAverage {
    let decay: Float
    /// By trained parameter.
    var values: [[Float]]

    /// `step` is counted from 1; of the first steps the latest weigh more, so that the beginning is soon forgotten.
    mutating func take(_ places: [Optimizer.Place], step: Int) {
        let decay = min(decay, Float(1 + step) / Float(10 + step))
        for (index, place) in places.enumerated() {
            values[index].withUnsafeMutableBufferPointer { values in
                for position in 0..<values.count { values[position] += (1 - decay) * (place.weights[position] - values[position]) }
            }
        }
    }
}

extension Trainer {
    /// Batches by which running statistics are made anew for averaged weights; the average over them forgets its beginning.
    private static let statisticBatches = 50

    /// Evaluates with the averaged weights in place and keeps them if they are the best; then all is as it was before.
    func evaluateAverage(_ evaluate: (Trainer) throws -> Double) throws -> Double? {
        guard let average else { return nil }
        let parameters = program.parameters.indices.map { Array(instance.parameter($0)) }
        defer {
            for (index, values) in parameters.enumerated() { _ = instance.parameter(index).update(fromContentsOf: values) }
        }
        for (position, values) in average.values.enumerated() {
            _ = places[position].weights.update(fromContentsOf: values)
            // A mask may be younger than the average.
            if case .masked = optimizer.bindings[position] { optimizer.settle(position, places[position].weights) }
        }
        if program.parameters.contains(where: \.isStatistic), options.statistics == .batch {
            for batch in 0..<min(Self.statisticBatches, batches.batchCount) {
                try load(batch: batch, epoch: max(0, (step - 1) / batches.batchCount))
                try forward(seed: mixedSeed(options.seed, 5, UInt64(batch)))
            }
        }
        let score = try evaluate(self)
        keepIfBest(score)
        return score
    }
}
