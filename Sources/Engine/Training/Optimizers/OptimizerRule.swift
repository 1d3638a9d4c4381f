import CVectorMath

/// How gradients become changes of weights, with PyTorch's meaning of every number.
public enum OptimizerRule: Sendable, Hashable {
    case gradientDescent(momentum: Float = 0.9, isNesterov: Bool = false, weightDecay: Float = 0)
    /// Weight decay adds to the gradient.
    case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
    /// Weight decay shrinks the weights themselves.
    case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

    /// Numbers that are kept for each weight.
    var stateCount: Int {
        switch self {
        case .gradientDescent(let momentum, _, _): momentum == 0 ? 0 : 1
        case .adam, .adamW: 2
        }
    }

    /// One step of `count` weights; `state` holds `stateCount` arrays one after the other, zeros before step 1.
    func update(
        _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        count: Int, rate: Float, step: Int, decays: Bool
    ) {
        switch self {
        case .gradientDescent(let momentum, let isNesterov, let weightDecay):
            let rule = pare_descent(rate: rate, momentum: momentum, decay: decays ? weightDecay : 0, nesterov: isNesterov)
            pare_descend(weights, gradients, state, count, rule)
        case .adam(let beta1, let beta2, let epsilon, let weightDecay):
            adam(weights, gradients, state, count, rate, step, beta1, beta2, epsilon, added: decays ? weightDecay : 0, kept: 1)
        case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            adam(
                weights, gradients, state, count, rate, step, beta1, beta2, epsilon, added: 0,
                kept: decays ? 1 - rate * weightDecay : 1)
        }
    }

    private func adam(
        _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, _ state: UnsafeMutablePointer<Float>,
        _ count: Int, _ rate: Float, _ step: Int, _ beta1: Float, _ beta2: Float, _ epsilon: Float, added: Float, kept: Float
    ) {
        let size = rate / Float(1 - power(Double(beta1), step))
        let root = Float((1 - power(Double(beta2), step)).squareRoot())
        let rule = pare_adam_rule(
            beta1: beta1, beta2: beta2, epsilon: epsilon, added: added, kept: kept, size: size, root: root)
        pare_adam(weights, gradients, state, state + count, count, rule)
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
