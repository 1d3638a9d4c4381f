import Compression
import Factorization
import Structure
import TensorCore

/// What data makes of errors of a layer's weights.
public enum LayerNorm: Sendable {
    case known(DataNorm)
    /// Why nothing is known, in words: the weights' own norm stands in.
    case unknown(reason: String)
}

extension Composer {
    /// The layers that plans split in the data's norm while it is not known.
    public func layersAwaitingNorm(_ plans: [LayerPlan]) -> [Int] {
        plans.indices.filter { plans[$0].factorize?.norm == .data && factorObstacle(of: $0) == nil && norm(of: $0) == nil }
    }

    /// Takes what data makes of the errors of a layer's weights as they were opened; nothing of data that was forgotten since.
    public func keep(_ norm: LayerNorm, of layer: Int, measuredOn data: Int) {
        var norm = norm
        if case .known(let known) = norm, let layout = layout(of: layer), !known.fits(layout) {
            norm = .unknown(reason: "its weights are not multiplied as they are stored")
        }
        state.withLock { state in
            if state.dataCount == data { state.norms[layer] = norm }
        }
    }

    /// What data makes of the errors of a layer's weights, where that was measured.
    public func norm(of layer: Int) -> LayerNorm? { state.withLock { $0.norms[layer] } }

    /// By what kernels of a layer's weights are judged, if that is what is asked for; nil where it is still to be measured.
    func basis(_ wanted: ErrorNorm, of layer: Int) -> KernelBasis? {
        guard wanted == .data else { return .weights }
        let (norm, data) = state.withLock { ($0.norms[layer], $0.dataCount) }
        return switch norm {
        case .known(let norm): .data(norm, number: data)
        case .unknown: .weights
        case nil: nil
        }
    }
}

/// By what a kernel's factors are judged.
enum KernelBasis: Sendable {
    case weights
    /// Of a layer as it was opened; equal numbers, the same data.
    case data(DataNorm, number: Int)

    /// 0 for the weights' own norm.
    var number: Int {
        switch self {
        case .weights: 0
        case .data(_, let number): number + 1
        }
    }
}

extension DataNorm {
    /// The norm of what a selection leaves of weights of this shape.
    func of(_ selection: LayerSelection, _ shape: Shape, from whole: KernelLayout, to left: KernelLayout) -> DataNorm {
        guard selection.isPartial else { return self }
        let kept = shape.dimensions.indices.map { axis in selection.kept(along: axis) ?? Array(0..<shape[axis]) }
        /// Where a weight that is left was.
        func origin(_ group: Int, _ output: Int, _ input: Int) -> (group: Int, out: Int, in: Int) {
            var rest = left.position(group: group, out: output, in: input)
            var (position, stride) = (0, 1)
            for axis in shape.dimensions.indices.reversed() {
                position += kept[axis][rest % kept[axis].count] * stride
                rest /= kept[axis].count
                stride *= shape[axis]
            }
            return whole.place(ofPosition: position)
        }
        return selecting(
            (0..<left.groups).map { group in
                let inputs = (0..<left.in).map { origin(group, 0, $0).in }
                return (origin(group, 0, 0).group, inputs.flatMap { input in (0..<whole.window).map { input * whole.window + $0 } })
            })
    }
}
