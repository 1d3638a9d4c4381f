import NeuralNetwork

/// What `pare inspect --json` prints; the keys are part of Pare's interface; reasons are there only where there is one.
public struct InspectReport: Encodable, Sendable {
    public struct LayerReport: Encodable, Sendable {
        var name: String
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
    var layers: [LayerReport]

    public init(_ model: Model) {
        format = model.format
        parameters = model.parameterCount
        bytes = model.fileByteCount
        macs = model.macs.count
        macs_reason = model.macs.reason
        layers = model.layers.map { layer in
            LayerReport(
                name: layer.name, op: layer.operation, shape: layer.shape.dimensions, parameters: layer.shape.count,
                macs: layer.macs.count, macs_reason: layer.macs.reason)
        }
    }
}
