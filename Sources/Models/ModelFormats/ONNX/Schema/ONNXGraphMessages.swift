// The part of ONNX's messages that Pare reads, with the field numbers ONNX publishes
// (https://github.com/onnx/onnx/blob/main/docs/IR.md). Enumerations are plain integers, so that a number from a newer
// version is data and not an error. `kept` are fields that are not read but copied as they stand, each with its tag.

struct ONNXModelProto: ONNXMessage {
    static let title = "model"
    var irVersion: Int64 = 0
    var graph: ONNXGraphProto?
    var opsetImport: [ONNXOperatorSetIdProto] = []
    var functions: [ONNXFunctionProto] = []
    var kept: [UInt8] = []

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &irVersion)
        // Producer, version, domain and documentation of the model, metadata.
        case 2...6, 14: reader.keep(field, in: &kept)
        case 7: try reader.read(field, into: &graph)
        case 8: try reader.read(field, into: &opsetImport)
        case 25: try reader.read(field, into: &functions)
        default: break
        }
    }
}

struct ONNXOperatorSetIdProto: ONNXMessage {
    static let title = "operator set"
    var domain = ""
    var version: Int64 = 0

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &domain)
        case 2: try reader.read(field, into: &version)
        default: break
        }
    }
}

struct ONNXGraphProto: ONNXMessage {
    static let title = "graph"
    var node: [ONNXNodeProto] = []
    var name = ""
    var initializer: [ONNXTensorProto] = []
    var input: [ONNXValueInfoProto] = []
    var output: [ONNXValueInfoProto] = []
    var valueInfo: [ONNXValueInfoProto] = []
    var sparseInitializer: [ONNXSparseTensorProto] = []
    var kept: [UInt8] = []

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &node)
        case 2: try reader.read(field, into: &name)
        case 5: try reader.read(field, into: &initializer)
        case 11: try reader.read(field, into: &input)
        case 12: try reader.read(field, into: &output)
        case 13: try reader.read(field, into: &valueInfo)
        case 15: try reader.read(field, into: &sparseInitializer)
        // doc_string, quantization_annotation, metadata_props
        case 10, 14, 16: reader.keep(field, in: &kept)
        default: break
        }
    }
}

struct ONNXNodeProto: ONNXMessage {
    static let title = "node"
    var input: [String] = []
    var output: [String] = []
    var name = ""
    var opType = ""
    var attribute: [ONNXAttributeProto] = []
    var domain = ""
    var kept: [UInt8] = []

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &input)
        case 2: try reader.read(field, into: &output)
        case 3: try reader.read(field, into: &name)
        case 4: try reader.read(field, into: &opType)
        case 5: try reader.read(field, into: &attribute)
        case 7: try reader.read(field, into: &domain)
        // doc_string, overload, metadata_props
        case 6, 8, 9: reader.keep(field, in: &kept)
        default: break
        }
    }
}

struct ONNXFunctionProto: ONNXMessage {
    static let title = "function"
    var name = ""
    var input: [String] = []
    var output: [String] = []
    var node: [ONNXNodeProto] = []
    var opsetImport: [ONNXOperatorSetIdProto] = []
    var domain = ""
    /// Attributes with what holds where a call does not give them.
    var attributeProto: [ONNXAttributeProto] = []
    var place = 0..<0

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &name)
        case 4: try reader.read(field, into: &input)
        case 5: try reader.read(field, into: &output)
        case 7: try reader.read(field, into: &node)
        case 9: try reader.read(field, into: &opsetImport)
        case 10: try reader.read(field, into: &domain)
        case 11: try reader.read(field, into: &attributeProto)
        default: break
        }
    }

    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) { self.place = place }
}
