import TensorCore

/// A weight tensor that a person would compress, with the operator that uses it.
public struct Layer: Sendable {
    /// Unique in the model: the node's name (`node/W` and `node/R` in recurrent layers); where an exporter only numbered it, the
    /// weights' own without `.weight`; the tensor's name without a graph.
    public var name: String
    /// Other names that recipes may find it by: the node's where `name` is the weights', and names that are tied.
    public var otherNames: [String]
    /// The ONNX operator that uses the weights (`Conv`, `Gemm`, `LSTM`, …); `Tensor` in formats without a graph.
    public var operation: String
    /// Index of the weights in `Model.tensors`.
    public var weight: Int
    /// Index of the bias in `Model.tensors`, where the operator has one of its own.
    public var bias: Int?
    /// Shape of the weights as stored.
    public var shape: Shape
    /// Multiply-accumulates of all uses of the weights, for one input.
    public var macs: MACCount
    /// How the map draws the weights: output channels down, everything else across.
    public var matrix: MatrixView

    public init(
        name: String, otherNames: [String] = [], operation: String, weight: Int, bias: Int?, shape: Shape, macs: MACCount,
        matrix: MatrixView
    ) {
        self.name = name
        self.otherNames = otherNames
        self.operation = operation
        self.weight = weight
        self.bias = bias
        self.shape = shape
        self.macs = macs
        self.matrix = matrix
    }
}

/// A tensor seen as a matrix in its stored order: element (r, c) is at r × columns + c.
public struct MatrixView: Sendable, Hashable {
    public var rows: Int
    public var columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    /// The leading axis that is not 1 goes down, the rest across: (1, 512, 128) is 512 × 128, (64, 3, 7, 7) is 64 × 147.
    public init(shape: Shape) {
        let trimmed = Array(shape.dimensions.drop { $0 == 1 })
        let rows = trimmed.first ?? 1
        self.init(rows: rows, columns: rows == 0 ? 0 : shape.count / rows)
    }
}
