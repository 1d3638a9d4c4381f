import NeuralNetwork
import TensorCore

/// Weights that a checkpoint holds in parts, put together: what `torch.nn.utils.prune` masks, and what weight norm divides into
/// lengths and directions. Each becomes one tensor under the name that the module's parameter has without them.
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
                guard full.hasSuffix(".original1"), let range = Self.range(of: "parametrizations.", in: full) else { return nil }
                return String(full[..<range.lowerBound]) + String(full[range.upperBound...].dropLast(10))
            }
        }

        private static func range(of word: String, in text: String) -> Range<String.Index>? {
            var start = text.startIndex
            while start < text.endIndex {
                if text[start...].hasPrefix(word) { return start..<text.index(start, offsetBy: word.count) }
                start = text.index(after: start)
            }
            return nil
        }
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
        guard !made.isEmpty else { return tensors }
        return tensors.indices.filter { !gone.contains($0) }.map { made[$0] ?? tensors[$0] }
    }

    private static func folded(_ full: Tensor, _ other: Tensor, isMask: Bool) -> Tensor? {
        guard full.elementType.isReadableAsFloat, full.count > 0,
            other.elementType.isReadableAsFloat || isMask && [.boolean, .uint8].contains(other.elementType)
        else { return nil }
        if isMask {
            guard other.shape == full.shape else { return nil }
            return full.deferred {
                let mask =
                    other.elementType.isReadableAsFloat
                    ? other.floats() : other.storage.withUnsafeBytes { $0.map { Float($0) } }
                return zip(full.floats(), mask).map { $1 == 0 ? 0 : $0 * $1 }
            }
        }
        // Lengths have one element along each axis that a direction's length is taken over, or are one for all.
        let isOne = other.shape.count == 1
        guard isOne || other.shape.rank == full.shape.rank,
            isOne || zip(other.shape.dimensions, full.shape.dimensions).allSatisfy({ $0 == $1 || $0 == 1 })
        else { return nil }
        return full.deferred { Self.normed(full, lengths: other.floats(), isOne ? full.shape.dimensions.map { _ in 1 } : other.shape.dimensions) }
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

extension Tensor {
    /// A tensor of the same shape and type whose elements are worked out when they are read.
    fileprivate func deferred(_ values: @escaping @Sendable () -> [Float]) -> Tensor {
        let type = elementType
        let bytes = DeferredBytes(byteCount: byteCount) { type.encode(values()) }
        return Tensor(shape: shape, elementType: type, storage: .deferred(bytes))
    }
}
