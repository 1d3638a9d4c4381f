import NeuralNetwork

/// What `pare inspect --json` prints; the keys are part of Pare's interface; reasons are there only where there is one.
public struct InspectReport: Encodable, Sendable {
    /// Weights that are not compressed, and why.
    public struct LeftOutReport: Encodable, Sendable {
        var name: String
        var op: String
        var shape: [Int]
        var type: String
        var parameters: Int
        var reason: String
    }

    public struct LayerReport: Encodable, Sendable {
        var name: String
        /// Other names that recipes may use.
        var other_names: [String]?
        var op: String
        var shape: [Int]
        var parameters: Int
        @Nullable var macs: Int?
        var macs_reason: String?
    }

    var format: String
    var parameters: Int
    var bytes: Int
    @Nullable var macs: Int?
    var macs_reason: String?
    /// Extents of the inputs that nobody gave; missing where there are none.
    var assumed: [String]?
    var layers: [LayerReport]
    var left_out: [LeftOutReport]
    /// Of biases, norms and small tensors: what is neither in a layer nor left out.
    var other_parameters: Int
    /// How to get a file whose quality can be measured; missing where this is one.
    var quality_hint: String?

    public init(_ model: Model) {
        format = model.format
        parameters = model.parameterCount
        bytes = model.fileByteCount
        macs = model.macs.count
        macs_reason = model.macs.reason
        assumed = model.assumptions.isEmpty ? nil : model.assumptions
        layers = model.layers.map { layer in
            LayerReport(
                name: layer.name, other_names: layer.otherNames.isEmpty ? nil : layer.otherNames, op: layer.operation, shape: layer.shape.dimensions,
                parameters: layer.shape.count,
                macs: layer.macs.count, macs_reason: layer.macs.reason)
        }
        left_out = model.leftOut.map {
            LeftOutReport(
                name: $0.name, op: $0.operation, shape: $0.shape.dimensions, type: $0.elementType, parameters: $0.parameterCount,
                reason: $0.reason)
        }
        other_parameters = model.otherParameterCount
        quality_hint = model.exportHint
    }
}
