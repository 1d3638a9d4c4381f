import NeuralNetwork
import TensorCore

/// Weights that a checkpoint holds in parts, put together: what `torch.nn.utils.prune` masks, what weight norm divides into
/// lengths and directions, and what spectral norm scales. Each becomes one tensor under the name that the module's parameter has without them.
enum FoldedCheckpoint {
    /// How a parameter is made of two tensors, by the endings of their names.
    private enum Form: CaseIterable {
        /// `weight_orig · weight_mask`.
        case mask
        /// `weight_g · weight_v / ‖weight_v‖`, the length over the axes along which `weight_g` has one element.
        case norm
        /// The same as `torch.nn.utils.parametrizations` names them.
        case parametrizedNorm

        /// What stands behind the parameter's name in the names of the tensor that has its shape, and of the other.
        func names(_ name: String) -> (full: String, other: String) {
            switch self {
            case .mask: (name + "_orig", name + "_mask")
            case .norm: (name + "_v", name + "_g")
            case .parametrizedNorm: (Self.parametrized(name) + "1", Self.parametrized(name) + "0")
            }
        }

        private static func parametrized(_ name: String) -> String {
            let place = name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex
            return String(name[..<place]) + "parametrizations." + String(name[place...]) + ".original"
        }

        /// The parameter whose full tensor has a name; nil where it is none's.
        func parameter(_ full: String) -> String? {
            switch self {
            case .mask: return full.hasSuffix("_orig") ? String(full.dropLast(5)) : nil
            case .norm: return full.hasSuffix("_v") ? String(full.dropLast(2)) : nil
            case .parametrizedNorm:
                return FoldedCheckpoint.parametrized(full, ending: ".original1")
            }
        }
    }

    /// The parameter that a tensor of `torch.nn.utils.parametrizations` is of: `c.weight` of `c.parametrizations.weight.original1`.
    fileprivate static func parametrized(_ full: String, ending: String) -> String? {
        let word = "parametrizations."
        guard full.hasSuffix(ending) else { return nil }
        var start = full.startIndex
        while start < full.endIndex, !full[start...].hasPrefix(word) { start = full.index(after: start) }
        guard start < full.endIndex else { return nil }
        return String(full[..<start]) + String(full[full.index(start, offsetBy: word.count)...].dropLast(ending.count))
    }

    /// The tensors with each parameter that is there in parts put together, in the place of its full tensor.
    static func folded(_ tensors: [StoredTensor]) -> [StoredTensor] {
        var places: [String: Int] = [:]
        for (index, stored) in tensors.enumerated() { places[stored.name] = index }
        var made: [Int: StoredTensor] = [:]
        var gone: Set<Int> = []
        for (index, stored) in tensors.enumerated() {
            for form in Form.allCases {
                guard let name = form.parameter(stored.name), !name.isEmpty, places[name] == nil,
                    let other = places[form.names(name).other], other != index, made[index] == nil,
                    let tensor = folded(stored.tensor, tensors[other].tensor, isMask: form == .mask)
                else { continue }
                made[index] = StoredTensor(name: name, tensor: tensor)
                gone.insert(other)
            }
        }
        for (index, stored) in tensors.enumerated() where made[index] == nil {
            guard let names = SpectralNorm.Names(full: stored.name), places[names.parameter] == nil, let u = places[names.u],
                let v = places[names.v],
                let tensor = SpectralNorm.folded(stored.tensor, u: tensors[u].tensor, v: tensors[v].tensor)
            else { continue }
            made[index] = StoredTensor(name: names.parameter, tensor: tensor)
            gone.formUnion([u, v])
        }
        guard !made.isEmpty else { return tensors }
        return tensors.indices.filter { !gone.contains($0) }.map { made[$0] ?? tensors[$0] }
    }

    private static func folded(_ full: TensorSource, _ other: TensorSource, isMask: Bool) -> TensorSource? {
        guard full.elementType.isReadableAsFloat, full.count > 0,
            other.elementType.isReadableAsFloat || isMask && [.boolean, .uint8].contains(other.elementType)
        else { return nil }
        if isMask {
            guard other.shape == full.shape else { return nil }
            return full.deferred {
                let mask =
                    other.elementType.isReadableAsFloat
                    ? try other.floats() : try other.read().storage.withUnsafeBytes { $0.map { Float($0) } }
                return zip(try full.floats(), mask).map { $1 == 0 ? 0 : $0 * $1 }
            }
        }
        // Lengths have one element along each axis that a direction's length is taken over, or are one for all.
        let isOne = other.shape.count == 1
        guard isOne || other.shape.rank == full.shape.rank,
            isOne || zip(other.shape.dimensions, full.shape.dimensions).allSatisfy({ $0 == $1 || $0 == 1 })
        else { return nil }
        return full.deferred {
            Self.normed(try full.read(), lengths: try other.floats(), isOne ? full.shape.dimensions.map { _ in 1 } : other.shape.dimensions)
        }
    }

    private static func normed(_ directions: Tensor, lengths: [Float], _ extents: [Int]) -> [Float] {
        let values = directions.floats()
        var strides = [Int](repeating: 0, count: extents.count)
        var stride = 1
        for axis in extents.indices.reversed() {
            strides[axis] = extents[axis] == 1 ? 0 : stride
            stride *= extents[axis]
        }
        // The place of each element's length.
        var places = [Int](repeating: 0, count: values.count)
        var position = [Int](repeating: 0, count: extents.count)
        var place = 0
        for index in values.indices {
            places[index] = place
            var axis = extents.count - 1
            while axis >= 0 {
                position[axis] += 1
                place += strides[axis]
                if position[axis] < directions.shape[axis] { break }
                place -= strides[axis] * directions.shape[axis]
                position[axis] = 0
                axis -= 1
            }
        }
        var powers = [Double](repeating: 0, count: lengths.count)
        for (value, place) in zip(values, places) { powers[place] += Double(value) * Double(value) }
        return zip(values, places).map { value, place in
            powers[place] == 0 ? 0 : Float(Double(value) * Double(lengths[place]) / powers[place].squareRoot())
        }
    }
}

/// Spectral norm: a weight is what is stored of it divided by its greatest singular value, which is u · W v of the vectors stored beside it.
private enum SpectralNorm {
    /// The names of the parameter and of the vectors, by that of the tensor that has its shape.
    struct Names {
        var parameter: String
        var u: String
        var v: String

        init?(full: String) {
            if full.hasSuffix("_orig") {
                parameter = String(full.dropLast(5))
                (u, v) = (parameter + "_u", parameter + "_v")
            } else if let parameter = FoldedCheckpoint.parametrized(full, ending: ".original") {
                self.parameter = parameter
                let path = full.dropLast("original".count)
                (u, v) = (path + "0._u", path + "0._v")
            } else {
                return nil
            }
        }
    }

    /// The weight; nil where the vectors do not fit it.
    static func folded(_ full: TensorSource, u: TensorSource, v: TensorSource) -> TensorSource? {
        guard [full, u, v].allSatisfy({ $0.elementType.isReadableAsFloat && $0.count > 0 }), u.shape.rank == 1, v.shape.rank == 1 else { return nil }
        // The rows of W lie along the first axis, or along the second of a transposed convolution.
        let axes = full.shape.dimensions.indices.prefix(2).filter { full.shape[$0] == u.count && full.count / u.count == v.count }
        guard !axes.isEmpty else { return nil }
        return full.deferred {
            let (values, left, right) = (try full.floats(), try u.floats(), try v.floats())
            // Where both axes are as long, the vectors are singular ones along their own alone.
            let norm = axes.map { singularValue(values, full.shape, axis: $0, left, right) }.max { abs($0) < abs($1) } ?? 0
            return norm == 0 ? values : values.map { Float(Double($0) / norm) }
        }
    }

    private static func singularValue(_ values: [Float], _ shape: Shape, axis: Int, _ u: [Float], _ v: [Float]) -> Double {
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        let rows = shape[axis]
        var sum = 0.0
        for (index, value) in values.enumerated() {
            let row = index / inner % rows
            let column = index / (inner * rows) * inner + index % inner
            sum += Double(value) * Double(u[row]) * Double(v[column])
        }
        return sum
    }
}

extension TensorSource {
    /// A tensor of the same shape and type whose elements are worked out when they are read.
    fileprivate func deferred(_ values: @escaping @Sendable () throws -> [Float]) -> TensorSource {
        let type = elementType
        let bytes = DeferredBytes(byteCount: byteCount) { type.encode(try values()) }
        return TensorSource(shape: shape, elementType: type, deferred: bytes)
    }
}
