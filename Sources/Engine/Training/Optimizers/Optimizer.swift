/// Moves the parameters of a network by their gradients, each within its constraint.
struct Optimizer {
    /// Where a parameter's weights and gradients lie.
    struct Place {
        var weights: UnsafeMutableBufferPointer<Float>
        var gradients: UnsafeMutableBufferPointer<Float>
    }

    let rule: OptimizerRule
    /// Whether vectors (biases, scales) decay like matrices.
    let decaysVectors: Bool
    private(set) var bindings: [Binding]
    /// What the rule keeps of each parameter.
    var states: [[Float]]
    private var centroidGradients: [[Float]]

    init(rule: OptimizerRule, decaysVectors: Bool, bindings: [Binding], counts: [Int]) {
        self.rule = rule
        self.decaysVectors = decaysVectors
        self.bindings = bindings
        states = zip(bindings, counts).map { [Float](repeating: 0, count: $0.variableCount($1) * rule.stateCount) }
        centroidGradients = bindings.map { binding in
            if case .shared(_, let codebook) = binding { [Float](repeating: 0, count: codebook.count) } else { [] }
        }
    }

    /// Puts another constraint in force; what the rule kept of the parameter is kept where it fits.
    mutating func bind(_ index: Int, to binding: Binding, count: Int) {
        bindings[index] = binding
        let needed = binding.variableCount(count) * rule.stateCount
        if states[index].count != needed { states[index] = [Float](repeating: 0, count: needed) }
        if case .shared(_, let codebook) = binding {
            centroidGradients[index] = [Float](repeating: 0, count: codebook.count)
        } else {
            centroidGradients[index] = []
        }
    }

    /// Makes weights what their constraints say.
    func settle(_ index: Int, _ weights: UnsafeMutableBufferPointer<Float>) {
        switch bindings[index] {
        case .free, .frozen: break
        case .masked(let mask):
            for place in weights.indices where mask[place] == 0 { weights[place] = 0 }
        case .shared(let codes, let codebook):
            for place in weights.indices { weights[place] = codebook[Int(codes[place])] }
        }
    }

    /// One step, counted from 1, of all parameters. `largestNorm` bounds the norm of all gradients together.
    mutating func step(_ places: [Place], rate: Float, step: Int, vectors: [Bool], largestNorm: Float?) {
        for (index, place) in places.enumerated() { constrain(index, place) }
        let factor = largestNorm.map { scale(places, $0) } ?? 1
        for (index, place) in places.enumerated() {
            guard let weights = place.weights.baseAddress, let gradients = place.gradients.baseAddress else { continue }
            let count = place.weights.count
            let decays = decaysVectors || !vectors[index]
            switch bindings[index] {
            case .frozen: continue
            case .free, .masked:
                if factor != 1 { for place in 0..<count { gradients[place] *= factor } }
                states[index].withUnsafeMutableBufferPointer { state in
                    rule.update(
                        weights, gradients, state.baseAddress ?? weights, count: count, rate: rate, step: step, decays: decays)
                }
                if case .masked(let mask) = bindings[index] {
                    mask.withUnsafeBufferPointer { mask in for place in 0..<count { weights[place] *= mask[place] } }
                }
            case .shared(let codes, var codebook):
                if factor != 1 { for code in centroidGradients[index].indices { centroidGradients[index][code] *= factor } }
                let size = codebook.count
                centroidGradients[index].withUnsafeBufferPointer { slopes in
                    codebook.withUnsafeMutableBufferPointer { book in
                        states[index].withUnsafeMutableBufferPointer { state in
                            guard let book = book.baseAddress, let slopes = slopes.baseAddress else { return }
                            rule.update(
                                book, slopes, state.baseAddress ?? book, count: size, rate: rate, step: step, decays: decays)
                        }
                    }
                }
                codebook[0] = 0
                bindings[index] = .shared(codes: codes, codebook: codebook)
                codebook.withUnsafeBufferPointer { book in
                    codes.withUnsafeBufferPointer { codes in
                        for place in 0..<count { weights[place] = book[Int(codes[place])] }
                    }
                }
            }
        }
    }

    /// Drops the gradients that a constraint has no use for, and sums those of shared weights.
    private mutating func constrain(_ index: Int, _ place: Place) {
        switch bindings[index] {
        case .free, .frozen: break
        case .masked(let mask):
            mask.withUnsafeBufferPointer { mask in
                for position in 0..<place.gradients.count { place.gradients[position] *= mask[position] }
            }
        case .shared(let codes, let codebook):
            var sums = [Double](repeating: 0, count: codebook.count)
            sums.withUnsafeMutableBufferPointer { sums in
                codes.withUnsafeBufferPointer { codes in
                    for position in 0..<place.gradients.count { sums[Int(codes[position])] += Double(place.gradients[position]) }
                }
            }
            sums[0] = 0
            for code in sums.indices { centroidGradients[index][code] = Float(sums[code]) }
        }
    }

    /// The factor that brings the norm of all gradients down to a bound, as PyTorch's `clip_grad_norm_`.
    private func scale(_ places: [Place], _ largestNorm: Float) -> Float {
        var total = 0.0
        for (index, place) in places.enumerated() {
            switch bindings[index] {
            case .frozen: continue
            case .free, .masked: total += sumOfSquares(UnsafeBufferPointer(place.gradients))
            case .shared: total += centroidGradients[index].withUnsafeBufferPointer { sumOfSquares($0) }
            }
        }
        let factor = Double(largestNorm) / (total.squareRoot() + 1e-6)
        return factor < 1 ? Float(factor) : 1
    }

    private func sumOfSquares(_ values: UnsafeBufferPointer<Float>) -> Double {
        var sum = 0.0
        for index in 0..<values.count { sum += Double(values[index]) * Double(values[index]) }
        return sum
    }
}
