import NeuralNetwork

/// What `pare inspect --json` prints; the keys are part of Pare's interface.
public struct InspectReport: Encodable, Sendable {
    public struct LayerReport: Encodable, Sendable {
        var name: String
        var op: String
        var shape: [Int]
        var parameters: Int
        var macs: Int?
        var macs_reason: String?
    }

    var format: String
    var parameters: Int
    var bytes: Int
    var macs: Int?
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

    private enum CodingKeys: String, CodingKey { case format, parameters, bytes, macs, macs_reason, layers }

    /// Writes null where a number is not known, so that every key is always there; the reason only where there is one.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(format, forKey: .format)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(macs, forKey: .macs)
        try container.encodeIfPresent(macs_reason, forKey: .macs_reason)
        try container.encode(layers, forKey: .layers)
    }
}

extension InspectReport.LayerReport {
    private enum CodingKeys: String, CodingKey { case name, op, shape, parameters, macs, macs_reason }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(op, forKey: .op)
        try container.encode(shape, forKey: .shape)
        try container.encode(parameters, forKey: .parameters)
        try container.encode(macs, forKey: .macs)
        try container.encodeIfPresent(macs_reason, forKey: .macs_reason)
    }
}
