import TensorCore

/// Type of a storage's elements.
enum PickledElements: Hashable {
    case known(ElementType)
    /// A type Pare does not hold, by its name.
    case other(String)

    var byteCount: Int {
        switch self {
        case .known(let type): type.byteCount
        case .other("complex128"): 16
        case .other("complex64"): 8
        case .other("qint32"): 4
        case .other: 1
        }
    }
}

/// The names a pickle may refer to with a meaning: those PyTorch writes around tensors.
enum PickleGlobal: Hashable {
    /// `_rebuild_tensor(storage, offset, size, stride)`, and version 2 with more arguments behind these.
    case rebuildTensor
    /// Version 3: an untyped storage, and the element type as the seventh argument.
    case rebuildTypedTensor
    /// `_rebuild_parameter(tensor, …)`: gives the tensor, as does `Parameter`.
    case rebuildParameter
    /// `_rebuild_from_type_v2(function, type, arguments, state)`: gives what the function would.
    case rebuildFromType
    case orderedDictionary
    /// `torch.Size`, which is a tuple.
    case size
    case storage(PickledElements)
    case elementType(PickledElements)
    /// TorchScript's lists and tagged values: give their first argument.
    case tagged

    init?(_ name: PickleName) {
        switch (name.module, name.name) {
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
        case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"),
            ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"):
            self = .rebuildParameter
        case ("torch._tensor", "_rebuild_from_type_v2"), ("torch.tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("torch", "Size"): self = .size
        case ("torch.jit._pickle", _): self = .tagged
        case ("torch.storage", "UntypedStorage"), ("torch.storage", "TypedStorage"), ("torch", "UntypedStorage"),
            ("torch.storage", "_UntypedStorage"):
            self = .storage(.known(.uint8))
        case ("torch", let name), ("torch.cuda", let name):
            if name.hasSuffix("Storage"), let elements = Self.storages[String(name.dropLast(7))] {
                self = .storage(elements)
            } else if let elements = Self.types[name] {
                self = .elementType(elements)
            } else {
                return nil
            }
        default: return nil
        }
    }

    private static let storages: [String: PickledElements] = [
        "Double": .known(.float64), "Float": .known(.float32), "Half": .known(.float16), "BFloat16": .known(.bfloat16),
        "Long": .known(.int64), "Int": .known(.int32), "Short": .known(.int16), "Char": .known(.int8),
        "Byte": .known(.uint8), "Bool": .known(.boolean), "ComplexFloat": .other("complex64"),
        "ComplexDouble": .other("complex128"), "QInt8": .other("qint8"), "QUInt8": .other("quint8"),
        "QInt32": .other("qint32"), "QUInt4x2": .other("quint4x2"), "QUInt2x4": .other("quint2x4"),
    ]

    private static let types: [String: PickledElements] = [
        "float64": .known(.float64), "double": .known(.float64), "float32": .known(.float32), "float": .known(.float32),
        "float16": .known(.float16), "half": .known(.float16), "bfloat16": .known(.bfloat16),
        "float8_e4m3fn": .known(.float8e4m3), "float8_e5m2": .known(.float8e5m2), "int64": .known(.int64),
        "long": .known(.int64), "int32": .known(.int32), "int": .known(.int32), "int16": .known(.int16),
        "short": .known(.int16), "int8": .known(.int8), "uint8": .known(.uint8), "uint16": .known(.uint16),
        "uint32": .known(.uint32), "uint64": .known(.uint64), "bool": .known(.boolean), "complex64": .other("complex64"),
        "complex128": .other("complex128"), "qint8": .other("qint8"), "quint8": .other("quint8"),
        "qint32": .other("qint32"), "float8_e4m3fnuz": .other("float8_e4m3fnuz"),
        "float8_e5m2fnuz": .other("float8_e5m2fnuz"), "float8_e8m0fnu": .other("float8_e8m0fnu"),
    ]
}
