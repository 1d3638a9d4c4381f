import NeuralNetwork

struct ONNXAttributeProto: ONNXMessage {
    static let title = "attribute"
    var name = ""
    var f: Float = 0
    var i: Int64 = 0
    var s: [UInt8] = []
    var t: ONNXTensorProto?
    var g: ONNXGraphProto?
    /// The list where it is short; a long one stays in the file, as `payload`.
    var floats: [Float] = []
    var ints: [Int64] = []
    var strings: [[UInt8]] = []
    var tensors: [ONNXTensorProto] = []
    var graphs: [ONNXGraphProto] = []
    var type: Int32 = 0
    var refAttrName = ""
    var sparseTensor: ONNXSparseTensorProto?
    var payload: [ONNXPayload] = []
    var place = 0..<0

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &name)
        case 2: try reader.read(field, into: &f)
        case 3: try reader.read(field, into: &i)
        case 4: reader.read(field, into: &s)
        case 5: try reader.read(field, into: &t)
        case 6: try reader.read(field, into: &g)
        case 7: payload.append(field)
        case 8: try reader.read(field, into: &ints)
        case 9: reader.read(field, into: &strings)
        case 10: try reader.read(field, into: &tensors)
        case 11: try reader.read(field, into: &graphs)
        case 20: try reader.read(field, into: &type)
        case 21: try reader.read(field, into: &refAttrName)
        case 22: try reader.read(field, into: &sparseTensor)
        default: break
        }
    }

    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        self.place = place
        for run in payload where !run.isLong { floats += try reader.floats(of: run) }
        payload.removeAll { !$0.isLong }
    }
}

struct ONNXTensorProto: ONNXMessage {
    static let title = "tensor"
    var dims: [Int64] = []
    var dataType: Int32 = 0
    var name = ""
    var externalData: [ONNXStringStringEntryProto] = []
    var dataLocation: Int32 = 0
    var payload: [ONNXPayload] = []
    var place = 0..<0

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &dims)
        case 2: try reader.read(field, into: &dataType)
        case 8: try reader.read(field, into: &name)
        case 13: try reader.read(field, into: &externalData)
        case 14: try reader.read(field, into: &dataLocation)
        // float_data, int32_data, int64_data, raw_data, double_data, uint64_data
        case 4, 5, 7, 9, 10, 11: payload.append(field)
        default: break
        }
    }

    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) { self.place = place }
}

struct ONNXStringStringEntryProto: ONNXMessage {
    static let title = "entry"
    var key = ""
    var value = ""

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &key)
        case 2: try reader.read(field, into: &value)
        default: break
        }
    }
}

struct ONNXSparseTensorProto: ONNXMessage {
    static let title = "sparse tensor"
    var values = ONNXTensorProto()
    var indices = ONNXTensorProto()
    var dims: [Int64] = []
    var place = 0..<0

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &values)
        case 2: try reader.read(field, into: &indices)
        case 3: try reader.read(field, into: &dims)
        default: break
        }
    }

    mutating func finish(at place: Range<Int>, by reader: inout ONNXMessageReader) { self.place = place }
}

struct ONNXValueInfoProto: ONNXMessage {
    static let title = "declared value"
    var name = ""
    /// An `ONNXTypeProto`, read by itself, so that one of another kind can be copied as it stands.
    var type: [UInt8]?
    var kept: [UInt8] = []

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &name)
        case 2:
            var bytes = type ?? []
            reader.read(field, into: &bytes)
            type = bytes
        case 3, 4: reader.keep(field, in: &kept)
        default: break
        }
    }
}

struct ONNXTypeProto: ONNXMessage {
    static let title = "type"
    var tensorType: ONNXTensorTypeProto?

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        if field.number == 1 { try reader.read(field, into: &tensorType) }
    }
}

struct ONNXTensorTypeProto: ONNXMessage {
    static let title = "tensor's type"
    var elemType: Int32 = 0
    /// Absent where even the rank is open.
    var shape: ONNXTensorShapeProto?

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch field.number {
        case 1: try reader.read(field, into: &elemType)
        case 2: try reader.read(field, into: &shape)
        default: break
        }
    }
}

struct ONNXTensorShapeProto: ONNXMessage {
    static let title = "shape"
    var dim: [ONNXDimensionProto] = []

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        if field.number == 1 { try reader.read(field, into: &dim) }
    }
}

struct ONNXDimensionProto: ONNXMessage {
    static let title = "dimension"
    var value = Dimension.unspecified

    mutating func read(_ field: WireReader.Field, by reader: inout ONNXMessageReader) throws(ONNXFault) {
        switch (field.number, field.wireType) {
        case (1, .varint):
            var extent: Int64 = 0
            try reader.read(field, into: &extent)
            value = extent > 0 ? .fixed(Int(extent)) : .unspecified
        case (2, .lengthDelimited):
            var symbol = ""
            try reader.read(field, into: &symbol)
            value = symbol.isEmpty ? .unspecified : .symbol(symbol)
        default: break
        }
    }
}
