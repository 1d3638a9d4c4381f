import NeuralNetwork
import TensorCore

extension ONNXEncoder {
    /// A declared value: its name, and its type as far as it is given.
    func valueInfo(_ info: ValueInfo) -> WireMessage {
        var message = WireMessage()
        message.append(1, text: info.name)
        if let type = type(info) { message.append(2, message: type) }
        message.append(encoded: info.annotations)
        return message
    }

    private func type(_ info: ValueInfo) -> WireMessage? {
        if let encoded = info.encodedType {
            var message = WireMessage()
            message.append(encoded: encoded)
            return message
        }
        guard info.elementType != nil || info.dimensions != nil else { return nil }
        var tensor = WireMessage()
        if let elementType = info.elementType { tensor.append(1, integer: elementType.onnxNumber) }
        if let dimensions = info.dimensions {
            var shape = WireMessage()
            for dimension in dimensions {
                var extent = WireMessage()
                switch dimension {
                case .fixed(let value): extent.append(1, integer: value)
                case .symbol(let name): extent.append(2, text: name)
                case .unspecified: break
                }
                shape.append(1, message: extent)
            }
            tensor.append(2, message: shape)
        }
        var message = WireMessage()
        message.append(1, message: tensor)
        return message
    }
}

extension ElementType {
    /// ONNX's number of the type.
    var onnxNumber: Int {
        switch self {
        case .float32: 1
        case .uint8: 2
        case .int8: 3
        case .uint16: 4
        case .int16: 5
        case .int32: 6
        case .int64: 7
        case .boolean: 9
        case .float16: 10
        case .float64: 11
        case .uint32: 12
        case .uint64: 13
        case .bfloat16: 16
        case .float8e4m3: 17
        case .float8e5m2: 19
        }
    }
}

extension Attribute {
    /// ONNX's number of the attribute's kind.
    var onnxNumber: Int {
        switch self {
        case .unsupported: 0
        case .float: 1
        case .integer: 2
        case .text: 3
        case .tensor: 4
        case .graph: 5
        case .floats: 6
        case .integers: 7
        case .texts: 8
        case .graphs: 10
        }
    }
}
