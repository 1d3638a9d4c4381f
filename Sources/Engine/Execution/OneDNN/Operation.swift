import COneDNN

/// An operation of oneDNN made ready for fixed shapes, with the layouts it settled on.
///
/// Sendable because oneDNN's primitives are immutable and may run on several threads at once.
final class Operation: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over an operation of the C layer; nil (no implementation for what was asked) passes through.
    init?(owning pointer: OpaquePointer?) {
        guard let pointer else { return nil }
        self.pointer = pointer
    }

    deinit { pare_operation_free(pointer) }

    /// What an operation reads and writes.
    enum Role: Hashable {
        case source(Int)
        case weights, bias, destination, scratch, workspace
        case mean, variance, scale, shift
        case sourceGradient, weightsGradient, biasGradient, destinationGradient, scaleGradient, shiftGradient

        static let source = Role.source(0)

        var number: Int32 {
            switch self {
            case .source(let index): Int32(index)
            case .weights: Int32(pare_weights.rawValue)
            case .bias: Int32(pare_bias.rawValue)
            case .destination: Int32(pare_destination.rawValue)
            case .scratch: Int32(pare_scratch.rawValue)
            case .workspace: Int32(pare_workspace.rawValue)
            case .mean: Int32(pare_mean.rawValue)
            case .variance: Int32(pare_variance.rawValue)
            case .scale: Int32(pare_scale.rawValue)
            case .shift: Int32(pare_shift.rawValue)
            case .sourceGradient: Int32(pare_source_gradient.rawValue)
            case .weightsGradient: Int32(pare_weights_gradient.rawValue)
            case .biasGradient: Int32(pare_bias_gradient.rawValue)
            case .destinationGradient: Int32(pare_destination_gradient.rawValue)
            case .scaleGradient: Int32(pare_scale_gradient.rawValue)
            case .shiftGradient: Int32(pare_shift_gradient.rawValue)
            }
        }
    }

    /// nil where the operation has no such argument.
    func layout(_ role: Role) -> Layout? {
        guard let layout = pare_operation_layout(pointer, role.number) else { return nil }
        return Layout(owning: pare_layout_copy(layout))
    }

    static func reorder(from source: Layout, to destination: Layout) -> Operation? {
        Operation(owning: pare_reorder(source.pointer, destination.pointer))
    }
}

/// What is done to each result of an operation before it is written.
enum PostOperation: Hashable, Sendable {
    /// Adds what the destination held before.
    case sum
    case function(Pointwise)

    var described: pare_post {
        switch self {
        case .sum: pare_post(kind: pare_post_sum, function: pare_linear, alpha: 0, beta: 0)
        case .function(let pointwise):
            pare_post(
                kind: pare_post_function, function: pointwise.function, alpha: pointwise.alpha, beta: pointwise.beta)
        }
    }
}

/// A function of one number, with its parameters.
struct Pointwise: Hashable, Sendable {
    var function: pare_pointwise
    var alpha: Float = 0
    var beta: Float = 0

    static func == (left: Pointwise, right: Pointwise) -> Bool {
        left.function.rawValue == right.function.rawValue && left.alpha == right.alpha && left.beta == right.beta
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(function.rawValue)
        hasher.combine(alpha)
        hasher.combine(beta)
    }
}
