import TensorCore

/// A window that slides over up to three spatial axes; axes that are missing lie in front, with an extent of 1.
struct SpatialWindow: Sendable {
    var input: SIMD3<Int>
    var output: SIMD3<Int>
    var kernel: SIMD3<Int>
    var strides: SIMD3<Int>
    var dilations: SIMD3<Int>
    /// Elements of padding in front of each axis, and behind.
    var padsBefore: SIMD3<Int>
    var padsAfter: SIMD3<Int>

    var kernelCount: Int { kernel[0] * kernel[1] * kernel[2] }
    var inputCount: Int { input[0] * input[1] * input[2] }
    var outputCount: Int { output[0] * output[1] * output[2] }

    /// Elements the dilated kernel spans along each axis.
    var span: SIMD3<Int> { (kernel &- 1) &* dilations &+ 1 }

    /// `input` and `output` are (N, C, spatial…); `kernel` has one extent a spatial axis. For a transposed
    /// convolution, the window slides over the output and input changes places with it.
    init(
        _ context: KernelContext, input: Shape, output: Shape, kernel: [Int], isTransposed: Bool = false
    ) throws(KernelFault) {
        let axes = kernel.count
        guard (1...3).contains(axes), input.rank == axes + 2, output.rank == axes + 2 else {
            throw KernelFault("a window over \(axes) axes of \(input) is not supported")
        }
        func read(_ name: String, _ count: Int, _ minimum: Int) throws(KernelFault) -> [Int]? {
            guard let values = context.integers(name), !values.isEmpty else { return nil }
            guard values.count == count, values.allSatisfy({ $0 >= minimum && $0 <= largestCount }) else {
                throw KernelFault("\(name) is \(values), not \(count) numbers of \(minimum) or more")
            }
            return values
        }
        let ones = [Int](repeating: 1, count: axes)
        let strides = try read("strides", axes, 1) ?? ones
        let dilations = try read("dilations", axes, 1) ?? ones
        var pads = try read("pads", 2 * axes, 0) ?? Array(repeating: 0, count: 2 * axes)
        let inputExtents = Array(input.dimensions[2...])
        let outputExtents = Array(output.dimensions[2...])
        guard (kernel + inputExtents + outputExtents).allSatisfy({ $0 >= 0 && $0 <= longestTable }) else {
            throw KernelFault("its sizes are too large")
        }
        let automatic = context.text("auto_pad", default: "NOTSET")
        for axis in 0..<axes {
            let span = try checkedProduct(kernel[axis] - 1, dilations[axis]) + 1
            let (inner, outer) =
                isTransposed ? (outputExtents[axis], inputExtents[axis]) : (inputExtents[axis], outputExtents[axis])
            switch automatic {
            case "SAME_UPPER", "SAME_LOWER":
                let total = max(try checkedProduct(max(outer - 1, 0), strides[axis]) + span - inner, 0)
                pads[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2
                pads[axes + axis] = total - pads[axis]
            case "VALID":
                pads[axis] = 0
                pads[axes + axis] = 0
            case "NOTSET", "": break
            default: throw KernelFault("auto_pad \"\(automatic)\" is not supported")
            }
            _ = try checkedProduct(max(outer, 1), strides[axis])
        }
        func triple(_ values: some Collection<Int>, filler: Int) -> SIMD3<Int> {
            var result = SIMD3(repeating: filler)
            for (axis, value) in values.enumerated() { result[3 - axes + axis] = value }
            return result
        }
        self.input = triple(inputExtents, filler: 1)
        self.output = triple(outputExtents, filler: 1)
        self.kernel = triple(kernel, filler: 1)
        self.strides = triple(strides, filler: 1)
        self.dilations = triple(dilations, filler: 1)
        padsBefore = triple(pads[..<axes], filler: 0)
        padsAfter = triple(pads[axes...], filler: 0)
    }

    /// The steps of the kernel along an axis, at an output place, that lie in the input.
    @inline(__always)
    func steps(axis: Int, place: Int) -> Range<Int> {
        let start = place * strides[axis] - padsBefore[axis]
        let dilation = dilations[axis]
        let first = start < 0 ? (dilation - 1 - start) / dilation : 0
        let room = input[axis] - start
        let last = room <= 0 ? 0 : min(kernel[axis], (room - 1) / dilation + 1)
        return first..<max(first, last)
    }

    /// The output places along an axis at which a step of the kernel lies in the input.
    @inline(__always)
    func places(axis: Int, step: Int) -> Range<Int> {
        let offset = step * dilations[axis] - padsBefore[axis]
        let stride = strides[axis]
        let first = offset < 0 ? (stride - 1 - offset) / stride : 0
        let room = input[axis] - offset
        let last = room <= 0 ? 0 : min(output[axis], (room - 1) / stride + 1)
        return min(first, output[axis])..<max(min(first, output[axis]), last)
    }
}
