import Importance

extension Moments.Group {
    /// Moments of few samples, drawn toward what is known without them: that inputs vary each for itself, and that outputs are what the
    /// weights `anchor` (outputs, inputs) make of them. What was not seen of inputs is not to be taken for what does not occur.
    ///
    /// How far is what has the least expected error of the second moments (Ledoit and Wolf 2004), `evidence` being the number of
    /// independent samples.
    func shrunk(evidence: Double, toward anchor: [Double]) -> Moments.Group {
        let d = inputMeans.count
        var (trace, power, diagonal) = (0.0, 0.0, 0.0)
        for row in 0..<d {
            trace += second[row * d + row]
            diagonal += second[row * d + row] * second[row * d + row]
            for column in 0..<d { power += second[row * d + column] * second[row * d + column] }
        }
        let spread = power - diagonal
        guard spread > 0, evidence > 0, evidence.isFinite, trace.isFinite, power.isFinite else { return self }
        let share = min(1, (trace * trace + power) / (evidence * spread))
        var result = self
        for row in 0..<d {
            for column in 0..<d where column != row { result.second[row * d + column] *= 1 - share }
        }
        for output in outputMeans.indices {
            for input in 0..<d {
                let place = output * d + input
                result.cross[place] = (1 - share) * cross[place] + share * anchor[place] * second[input * d + input]
            }
        }
        return result
    }
}
