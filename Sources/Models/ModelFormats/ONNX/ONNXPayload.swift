import Basics
import TensorCore

/// Where the elements of one data field lie in the file, checked against it.
struct ONNXPayload {
    var field: Int
    /// Whether the bytes are the elements alone, without tags between them.
    var isPlain: Bool
    var range: Range<Int>

    init(_ message: ONNXPayloadPlace, in file: MappedFile) throws(ModelFileError) {
        guard let start = Int(exactly: message.offset), let length = Int(exactly: message.length), start <= file.byteCount,
            length <= file.byteCount - start
        else {
            throw .truncated(
                path: file.path, place: .byte(Int(clamping: message.offset)), needed: Int(clamping: message.length),
                available: 0)
        }
        field = Int(message.field)
        isPlain = message.isPlain
        range = start..<start + length
    }

    /// Number of the tensor field that holds elements of the type, where they are not raw.
    static func field(of type: ElementType) -> Int {
        switch type {
        case .float32: 4
        case .int64: 7
        case .float64: 10
        case .uint64, .uint32: 11
        default: 5
        }
    }

    static func name(ofField field: Int) -> String {
        switch field {
        case 4: "float_data"
        case 5: "int32_data"
        case 7: "int64_data"
        case 10: "double_data"
        case 11: "uint64_data"
        default: "raw_data"
        }
    }
}
