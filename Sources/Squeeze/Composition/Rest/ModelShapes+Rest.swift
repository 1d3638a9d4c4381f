import Compression
import NeuralNetwork
import Synchronization
import TensorCore

extension ModelShapes {
    /// The model with the numbers beside each layer folded and rounded as the rules say, by layer of the opened model; they are worked out when
    /// they are read.
    func keeping(_ rules: [RestRule?]) -> Model {
        var model = model
        let numbers = RestNumbers(model)
        var owners: [Int: Int] = [:]
        for (opened, layer) in layers.enumerated() {
            for part in layer.parts { owners[part.layer] = opened }
        }
        func rule(_ layer: Int) -> RestRule? { owners[layer].flatMap { rules[$0] } }
        let tensors = model.tensors
        for single in numbers.singles {
            guard let rule = rule(single.layer), rule.rounds else { continue }
            let rounding = RestRounding(rule: rule, measure: single.measure)
            let source = tensors[single.tensor].tensor
            model.tensors[single.tensor].tensor = source.replaced { rounding.rounded(try source.floats()) }
        }
        for norm in numbers.norms {
            guard let rule = rule(norm.layer) else { continue }
            let made = Once { try norm.folded(rule) { index throws(UnreadableTensor) in try tensors[index].tensor.floats() } }
            for index in norm.tensors {
                let source = tensors[index].tensor
                model.tensors[index].tensor = source.replaced { try made.value()?[index] ?? source.floats() }
            }
        }
        return model
    }
}

extension TensorSource {
    /// A tensor of float32 of the same shape, whose numbers are worked out when it is read.
    fileprivate func replaced(by numbers: @escaping @Sendable () throws -> [Float]) -> TensorSource {
        TensorSource(
            shape: shape, elementType: .float32,
            deferred: DeferredBytes(byteCount: byteCount, isKept: true) { ElementType.float32.encode(try numbers()) })
    }
}

/// Something that is worked out once, when it is first wanted.
private final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    func value() throws -> Value {
        try made.withLock { made in
            if let made { return made }
            let value = try make()
            made = value
            return value
        }
    }
}
