/// How one element of a tensor is stored.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
    case float64, float32, float16, bfloat16
    case float8e4m3, float8e5m2
    case int64, int32, int16, int8
    case uint64, uint32, uint16, uint8
    case boolean

    /// Bytes one element occupies.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float8e4m3, .float8e5m2, .int8, .uint8, .boolean: 1
        }
    }

    /// Whether elements are floating-point numbers, and so count as parameters.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16, .float8e4m3, .float8e5m2: true
        default: false
        }
    }

    /// Whether `Tensor.withFloats` can read the elements as float32: the types whose weights Pare compresses.
    public var isReadableAsFloat: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }
}
