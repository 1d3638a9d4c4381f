import TensorCore

/// An element type of GGUF (`ggml_type`): one that Pare holds, or blocks of quantized weights.
struct GGUFType {
    var name: String
    /// Elements of a block along the innermost axis, and its bytes.
    var blockCount: Int
    var blockByteCount: Int
    /// Nil where Pare does not read it.
    var elementType: ElementType?

    private init(_ name: String, _ elementType: ElementType) {
        self.name = name
        (blockCount, blockByteCount) = (1, elementType.byteCount)
        self.elementType = elementType
    }

    private init(_ name: String, _ blockCount: Int, _ blockByteCount: Int) {
        self.name = name
        self.blockCount = blockCount
        self.blockByteCount = blockByteCount
    }

    static let known: [UInt32: GGUFType] = [
        0: GGUFType("F32", .float32), 1: GGUFType("F16", .float16), 24: GGUFType("I8", .int8), 25: GGUFType("I16", .int16),
        26: GGUFType("I32", .int32), 27: GGUFType("I64", .int64), 28: GGUFType("F64", .float64), 30: GGUFType("BF16", .bfloat16),
        2: GGUFType("Q4_0", 32, 18), 3: GGUFType("Q4_1", 32, 20), 6: GGUFType("Q5_0", 32, 22), 7: GGUFType("Q5_1", 32, 24),
        8: GGUFType("Q8_0", 32, 34), 9: GGUFType("Q8_1", 32, 36), 10: GGUFType("Q2_K", 256, 84), 11: GGUFType("Q3_K", 256, 110),
        12: GGUFType("Q4_K", 256, 144), 13: GGUFType("Q5_K", 256, 176), 14: GGUFType("Q6_K", 256, 210),
        15: GGUFType("Q8_K", 256, 292), 16: GGUFType("IQ2_XXS", 256, 66), 17: GGUFType("IQ2_XS", 256, 74),
        18: GGUFType("IQ3_XXS", 256, 98), 19: GGUFType("IQ1_S", 256, 50), 20: GGUFType("IQ4_NL", 32, 18),
        21: GGUFType("IQ3_S", 256, 110), 22: GGUFType("IQ2_S", 256, 82), 23: GGUFType("IQ4_XS", 256, 136),
        29: GGUFType("IQ1_M", 256, 56), 34: GGUFType("TQ1_0", 256, 54), 35: GGUFType("TQ2_0", 256, 66),
        39: GGUFType("MXFP4", 32, 17),
    ]

    /// Bytes of a tensor; nil where its rows are no whole blocks, or there are too many.
    func byteCount(of shape: Shape) -> Int? {
        guard (shape.dimensions.last ?? 1) % blockCount == 0 else { return nil }
        let (bytes, overflow) = (shape.count / blockCount).multipliedReportingOverflow(by: blockByteCount)
        return overflow ? nil : bytes
    }
}
