import CVectorMath

/// A function that the gates of a recurrent operator apply, with its parameters.
struct GateFunction: Sendable {
    var function: pare_function
    var a: Float = 0
    var b: Float = 0

    static let sigmoid = GateFunction(function: pare_sigmoid_function)
    static let tanh = GateFunction(function: pare_tanh_function)

    func apply(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
        pare_map(function, values, values, count, a, b)
    }

    func apply(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, _ count: Int) {
        pare_map(function, source, target, count, a, b)
    }

    /// The functions of all directions in order; `defaults` are one direction's. Alphas and betas are consumed in order by
    /// the functions that have such a parameter.
    static func read(
        _ context: KernelContext, directions: Int, defaults: [GateFunction]
    ) throws(KernelFault) -> [[GateFunction]] {
        let count = directions * defaults.count
        guard let names = context.texts("activations"), !names.isEmpty else {
            return Array(repeating: defaults, count: directions)
        }
        guard names.count == count else { throw KernelFault("activations \(names) are not \(count)") }
        var alphas = (context.floats("activation_alpha") ?? [])[...]
        var betas = (context.floats("activation_beta") ?? [])[...]
        var functions: [GateFunction] = []
        for name in names {
            guard let (function, alpha, beta) = known[name.lowercased()] else {
                throw KernelFault("activation \"\(name)\" is not supported")
            }
            let a = alpha.map { alphas.popFirst() ?? $0 }
            let b = beta.map { betas.popFirst() ?? $0 }
            // Elu's vectorised form divides by its second parameter.
            functions.append(GateFunction(function: function, a: a ?? 0, b: b ?? (name.lowercased() == "elu" ? 1 : 0)))
        }
        return (0..<directions).map { Array(functions[$0 * defaults.count..<($0 + 1) * defaults.count]) }
    }

    /// By lower-case name, with the defaults of the parameters a function has.
    private static let known: [String: (pare_function, alpha: Float?, beta: Float?)] = [
        "sigmoid": (pare_sigmoid_function, nil, nil), "tanh": (pare_tanh_function, nil, nil),
        "relu": (pare_relu_function, nil, nil), "softsign": (pare_softsign_function, nil, nil),
        "softplus": (pare_softplus_function, nil, nil), "affine": (pare_affine_function, 1, 0),
        "leakyrelu": (pare_leaky_relu_function, 0.01, nil), "elu": (pare_elu_function, 1, nil),
        "thresholdedrelu": (pare_thresholded_relu_function, 1, nil),
        "scaledtanh": (pare_scaled_tanh_function, 1, 1), "hardsigmoid": (pare_hard_sigmoid_function, 0.2, 0.5),
    ]
}
