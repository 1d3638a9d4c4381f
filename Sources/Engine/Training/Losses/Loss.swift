import Glibc

/// What training makes small: each gives its mean over a batch, and the gradient at the network's output.
public enum Loss: Sendable, Hashable {
    /// −log of the softmax at the label; the output holds logits. Labels below 0 do not count.
    case crossEntropy
    /// T² times the divergence of the output's softmax at temperature T from a teacher's, and `labelShare` of cross-entropy
    /// in its stead where there are labels (Hinton, Vinyals, Dean 2015).
    case distillation(temperature: Float, labelShare: Float)
    /// Of probabilities that targets of 0 to 1 give, the output holding logits.
    case binaryCrossEntropy
    /// The mean of squared differences, of all elements.
    case meanSquaredError

    public var wantsLabels: Bool {
        switch self {
        case .crossEntropy: true
        case .distillation, .binaryCrossEntropy, .meanSquaredError: false
        }
    }
}

extension Loss {
    /// Writes the gradient at `output`, which may be nil where only the value is wanted.
    ///
    /// `labels` are one a vector of scores, `targets` as many numbers as the output has: soft targets as a teacher's logits, probabilities, or
    /// values. What a loss needs must be given.
    public func evaluate(
        _ output: UnsafeBufferPointer<Float>, _ layout: ClassLayout, labels: [Int32]?, targets: UnsafeBufferPointer<Float>?,
        gradient: UnsafeMutableBufferPointer<Float>?
    ) -> LossValue {
        guard let scores = output.baseAddress else { return LossValue(loss: 0) }
        let slope = gradient?.baseAddress
        switch self {
        case .crossEntropy:
            guard let labels else { preconditionFailure("cross-entropy without labels") }
            precondition(labels.count == layout.count, "\(labels.count) labels for \(layout.count) vectors of scores")
            return crossEntropy(scores, layout, labels, share: 1, adds: false, slope)
        case .distillation(let temperature, let labelShare):
            guard let teacher = targets?.baseAddress else { preconditionFailure("distillation without a teacher") }
            let share = labels == nil ? 0 : labelShare
            var value = divergence(scores, teacher, layout, temperature, share: 1 - share, slope)
            guard let labels else { return value }
            let hard = crossEntropy(scores, layout, labels, share: share, adds: true, slope)
            value.loss = (1 - Double(share)) * value.loss + Double(share) * hard.loss
            (value.correct, value.labelled) = (hard.correct, hard.labelled)
            return value
        case .binaryCrossEntropy:
            guard let targets = targets?.baseAddress else { preconditionFailure("binary cross-entropy without targets") }
            var sum = 0.0
            let scale = 1 / Float(output.count)
            for index in 0..<output.count {
                let (x, t) = (scores[index], targets[index])
                sum += Double(max(x, 0) - x * t + log1p(exp(-abs(x))))
                slope?[index] = (1 / (1 + exp(-x)) - t) * scale
            }
            return LossValue(loss: sum / Double(output.count))
        case .meanSquaredError:
            guard let targets = targets?.baseAddress else { preconditionFailure("squared error without targets") }
            var sum = 0.0
            let scale = 2 / Float(output.count)
            for index in 0..<output.count {
                let difference = scores[index] - targets[index]
                sum += Double(difference * difference)
                slope?[index] = difference * scale
            }
            return LossValue(loss: sum / Double(output.count))
        }
    }

    private func crossEntropy(
        _ scores: UnsafePointer<Float>, _ layout: ClassLayout, _ labels: [Int32], share: Float, adds: Bool,
        _ gradient: UnsafeMutablePointer<Float>?
    ) -> LossValue {
        let labelled = labels.reduce(0) { $0 + ($1 >= 0 ? 1 : 0) }
        let scale = share / Float(max(1, labelled))
        var value = LossValue(loss: 0, labelled: labelled)
        for position in 0..<layout.count {
            let start = layout.start(position)
            let label = Int(labels[position])
            precondition(label < layout.classes, "class \(label) of \(layout.classes)")
            guard label >= 0 else {
                if let gradient, !adds { for index in 0..<layout.classes { gradient[start + index * layout.inner] = 0 } }
                continue
            }
            let (largest, sum, best) = moments(scores + start, layout, temperature: 1)
            if best == label { value.correct += 1 }
            value.loss += Double(log(sum) + largest - scores[start + label * layout.inner])
            guard let gradient else { continue }
            for index in 0..<layout.classes {
                let place = start + index * layout.inner
                let slope = (exp(scores[place] - largest) / sum - (index == label ? 1 : 0)) * scale
                gradient[place] = adds ? gradient[place] + slope : slope
            }
        }
        value.loss /= Double(max(1, labelled))
        return value
    }

    private func divergence(
        _ scores: UnsafePointer<Float>, _ teacher: UnsafePointer<Float>, _ layout: ClassLayout, _ temperature: Float,
        share: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> LossValue {
        var total = 0.0
        let scale = share * temperature / Float(layout.count)
        for position in 0..<layout.count {
            let start = layout.start(position)
            let own = moments(scores + start, layout, temperature: temperature)
            let other = moments(teacher + start, layout, temperature: temperature)
            for index in 0..<layout.classes {
                let place = start + index * layout.inner
                let logarithm = (scores[place] - own.largest) / temperature - log(own.sum)
                let wanted = (teacher[place] - other.largest) / temperature - log(other.sum)
                total += Double(exp(wanted) * (wanted - logarithm))
                gradient?[place] = (exp(logarithm) - exp(wanted)) * scale
            }
        }
        return LossValue(loss: total * Double(temperature * temperature) / Double(layout.count))
    }

    /// The largest score, the sum of exponentials below it, and its place.
    @inline(__always)
    private func moments(
        _ scores: UnsafePointer<Float>, _ layout: ClassLayout, temperature: Float
    ) -> (largest: Float, sum: Float, best: Int) {
        var (largest, best) = (scores[0], 0)
        for index in 1..<max(1, layout.classes) where scores[index * layout.inner] > largest {
            (largest, best) = (scores[index * layout.inner], index)
        }
        var sum: Float = 0
        for index in 0..<layout.classes { sum += exp((scores[index * layout.inner] - largest) / temperature) }
        return (largest, sum, best)
    }
}
