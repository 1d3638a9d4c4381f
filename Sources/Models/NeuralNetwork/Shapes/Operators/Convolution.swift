import TensorCore

/// A kernel that slides over the spatial axes of an input.
struct SlidingWindow {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padsBefore: [Int]
    var padsAfter: [Int]
    /// `NOTSET`, `SAME_UPPER`, `SAME_LOWER` or `VALID`.
    var automaticPadding: String
    var roundsUp: Bool

    init(_ context: NodeContext, kernel: [Int]) throws(ShapeFault) {
        let axes = kernel.count
        guard kernel.allSatisfy({ $0 >= 1 && $0 <= largestExtent }) else { throw ShapeFault("the kernel is \(kernel)") }
        self.kernel = kernel
        strides = try context.extents("strides", count: axes, atLeast: 1) ?? Array(repeating: 1, count: axes)
        dilations = try context.extents("dilations", count: axes, atLeast: 1) ?? Array(repeating: 1, count: axes)
        let pads = try context.extents("pads", count: 2 * axes, atLeast: 0) ?? Array(repeating: 0, count: 2 * axes)
        padsBefore = Array(pads[..<axes])
        padsAfter = Array(pads[axes...])
        automaticPadding = context.text("auto_pad") ?? "NOTSET"
        roundsUp = context.integer("ceil_mode", default: 0) != 0
        guard ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", ""].contains(automaticPadding) else {
            throw ShapeFault("auto_pad is \(automaticPadding)")
        }
    }

    /// Elements the dilated kernel spans along an axis.
    private func span(_ axis: Int) throws(ShapeFault) -> Int {
        let span = try product([kernel[axis] - 1, dilations[axis]]) + 1
        guard span <= largestExtent else { throw ShapeFault("the kernel spans \(span) elements") }
        return span
    }

    /// The number of places the window takes along an axis of `extent` elements.
    func places(axis: Int, extent: Int) throws(ShapeFault) -> Int {
        let stride = strides[axis]
        switch automaticPadding {
        case "SAME_UPPER", "SAME_LOWER":
            return (extent + stride - 1) / stride
        default:
            let isPadded = automaticPadding != "VALID"
            let padded = extent + (isPadded ? padsBefore[axis] + padsAfter[axis] : 0)
            let room = padded - (try span(axis))
            guard room >= 0 else {
                throw ShapeFault(
                    "a window of \(try span(axis)) does not fit in \(padded) elements", isLackOfRoom: true)
            }
            guard roundsUp else { return room / stride + 1 }
            let places = (room + stride - 1) / stride + 1
            // A window that would start in the padding behind the input is left out, as ONNX does from opset 19 on and
            // the runtimes did before.
            let start = try product([places - 1, stride])
            return start >= extent + (isPadded ? padsBefore[axis] : 0) ? places - 1 : places
        }
    }

    /// The extent a transposed convolution makes of `extent` elements.
    func transposedExtent(axis: Int, extent: Int, outputPadding: Int) throws(ShapeFault) -> Int {
        if automaticPadding.hasPrefix("SAME") { return try product([extent, strides[axis]]) }
        let pads = automaticPadding == "VALID" ? 0 : padsBefore[axis] + padsAfter[axis]
        let spread = try product([max(extent - 1, 0), strides[axis]])
        guard spread <= largestExtent else { throw ShapeFault("an extent of \(spread) is impossible") }
        return spread + outputPadding + (try span(axis)) - pads
    }
}

extension OperatorRule {
    static let convolution: [String: OperatorRule] = [
        "Conv": OperatorRule(convolutionShape(data: 0, weight: 1), macs: convolutionMACs(weight: 1)),
        "ConvInteger": OperatorRule(convolutionShape(data: 0, weight: 1), macs: convolutionMACs(weight: 1)),
        "QLinearConv": OperatorRule(convolutionShape(data: 0, weight: 3), macs: convolutionMACs(weight: 3)),
        "DeformConv": OperatorRule(convolutionShape(data: 0, weight: 1), macs: convolutionMACs(weight: 1)),
        "ConvTranspose": OperatorRule(transposedShape, macs: transposedMACs),
    ]

    private static func convolutionShape(data: Int, weight: Int) -> Shapes {
        { context throws(ShapeFault) in
            let input = try context.shape(data, ranks: 3...8)  // (N, C, spatial…)
            let kernel = try context.shape(weight, ranks: input.rank...input.rank)  // (M, C / group, kernel…)
            let group = context.integer("group", default: 1)
            guard group >= 1, group <= largestExtent, kernel[0] % group == 0,
                try product([kernel[1], group]) == input[1]
            else {
                throw ShapeFault("weights of \(kernel) in \(group) groups do not fit an input of \(input)")
            }
            let window = try SlidingWindow(
                context,
                kernel: context.extents("kernel_shape", count: input.rank - 2, atLeast: 1)
                    ?? Array(kernel.dimensions[2...]))
            guard window.kernel == Array(kernel.dimensions[2...]) else {
                throw ShapeFault("kernel_shape \(window.kernel) differs from weights of \(kernel)")
            }
            var output = [input[0], kernel[0]]
            for axis in window.kernel.indices {
                output.append(try window.places(axis: axis, extent: input[axis + 2]))
            }
            return [.known(try Shape(inferred: output))]
        }
    }

    /// Each output element takes one multiply-accumulate per weight of its filter, padding included.
    private static func convolutionMACs(weight: Int) -> MACs {
        { context, outputs throws(ShapeFault) in
            guard let output = outputs.first?.shape else { throw ShapeFault("the output's shape is unknown") }
            return try product([output.count] + context.shape(weight).dimensions[1...])
        }
    }

    private static let transposedShape: Shapes = { context throws(ShapeFault) in
        let input = try context.shape(0, ranks: 3...8)  // (N, C, spatial…)
        let kernel = try context.shape(1, ranks: input.rank...input.rank)  // (C, M / group, kernel…)
        let group = context.integer("group", default: 1)
        guard group >= 1, group <= largestExtent, kernel[0] == input[1], input[1] % group == 0 else {
            throw ShapeFault("weights of \(kernel) in \(group) groups do not fit an input of \(input)")
        }
        let axes = input.rank - 2
        let window = try SlidingWindow(
            context, kernel: context.extents("kernel_shape", count: axes, atLeast: 1) ?? Array(kernel.dimensions[2...]))
        guard window.kernel == Array(kernel.dimensions[2...]) else {
            throw ShapeFault("kernel_shape \(window.kernel) differs from weights of \(kernel)")
        }
        let padding = try context.extents("output_padding", count: axes, atLeast: 0) ?? Array(repeating: 0, count: axes)
        var output = [input[0], try product([kernel[1], group])]
        if let given = try context.extents("output_shape", count: axes, atLeast: 1) {
            output += given
        } else {
            for axis in 0..<axes {
                output.append(
                    try window.transposedExtent(axis: axis, extent: input[axis + 2], outputPadding: padding[axis]))
            }
        }
        return [.known(try Shape(inferred: output))]
    }

    /// Each input element takes one multiply-accumulate per weight it is spread by; what padding crops is counted too.
    private static let transposedMACs: MACs = { context, _ throws(ShapeFault) in
        try product([context.shape(0).count] + context.shape(1).dimensions[1...])
    }
}
