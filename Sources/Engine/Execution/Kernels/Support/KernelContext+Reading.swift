import NeuralNetwork
import TensorCore

/// The largest count of elements or bytes that is believed; products of two extents below it stay within `Int`.
let largestCount = 1 << 44

/// The longest axis that a table of positions is made for.
let longestTable = 1 << 26

extension KernelContext {
    func hasInput(_ index: Int) -> Bool { index < inputs.count && inputs[index] != nil }

    func input(_ index: Int) throws(KernelFault) -> Operand {
        guard index < inputs.count, let operand = inputs[index] else { throw KernelFault("input \(index) is missing") }
        return operand
    }

    func shape(_ index: Int) throws(KernelFault) -> Shape { try input(index).type.shape }

    func elementType(_ index: Int) throws(KernelFault) -> ElementType { try input(index).type.elementType }

    /// The shape of an input that must hold float32.
    func floatShape(_ index: Int) throws(KernelFault) -> Shape {
        let type = try input(index).type
        guard type.elementType == .float32 else {
            throw KernelFault("element type \(type.elementType) of input \(index) is not supported")
        }
        return type.shape
    }

    func outputShape(_ index: Int = 0) throws(KernelFault) -> Shape {
        guard index < outputShapes.count else { throw KernelFault("output \(index) has no shape") }
        guard outputShapes[index].count <= largestCount else { throw KernelFault("output \(index) is too large") }
        return outputShapes[index]
    }

    /// What output 0 is, with the element type of an input.
    func output(like index: Int = 0) throws(KernelFault) -> ValueType {
        ValueType(elementType: try elementType(index), shape: try outputShape())
    }

    /// All outputs of the node as values of one type.
    func outputs(of elementType: ElementType) throws(KernelFault) -> [ValueType] {
        var types: [ValueType] = []
        for index in 0..<outputCount {
            types.append(ValueType(elementType: elementType, shape: try outputShape(index)))
        }
        return types
    }

    /// Outputs the node names; a node always has the first.
    var outputCount: Int { max(node.outputs.count, 1) }

    func usesOutput(_ index: Int) -> Bool { index < node.outputs.count && !node.outputs[index].isEmpty }

    /// The integers of an input whose elements a kernel needs to know beforehand.
    func integers(_ index: Int) throws(KernelFault) -> [Int] {
        guard let constant = try input(index).constant else {
            throw KernelFault("input \(index) is computed while the network runs")
        }
        guard let values = constant.integers() else { throw KernelFault("input \(index) holds no integers") }
        return values
    }

    /// The integers of an input, or of the attribute older operator sets use in its place; nil where both are absent.
    func integers(_ index: Int, orAttribute name: String) throws(KernelFault) -> [Int]? {
        hasInput(index) ? try integers(index) : integers(name)
    }

    /// The numbers of an input that must be known beforehand.
    func numbers(_ index: Int) throws(KernelFault) -> [Double] {
        guard let constant = try input(index).constant else {
            throw KernelFault("input \(index) is computed while the network runs")
        }
        guard let values = constant.numbers() else { throw KernelFault("input \(index) holds no numbers") }
        return values
    }
}

extension KernelContext {
    func integer(_ name: String) -> Int? {
        if case .integer(let value) = node.attributes[name] { value } else { nil }
    }

    func integer(_ name: String, default value: Int) -> Int { integer(name) ?? value }

    func flag(_ name: String, default value: Bool = false) -> Bool { integer(name, default: value ? 1 : 0) != 0 }

    func integers(_ name: String) -> [Int]? {
        if case .integers(let values) = node.attributes[name] { values } else { nil }
    }

    func float(_ name: String) -> Float? {
        if case .float(let value) = node.attributes[name] { value } else { nil }
    }

    func float(_ name: String, default value: Float) -> Float { float(name) ?? value }

    func floats(_ name: String) -> [Float]? {
        if case .floats(let values) = node.attributes[name] { values } else { nil }
    }

    func text(_ name: String, default value: String) -> String {
        if case .text(let value) = node.attributes[name] { value } else { value }
    }

    func texts(_ name: String) -> [String]? {
        if case .texts(let values) = node.attributes[name] { values } else { nil }
    }

    /// An axis counted from the front.
    func normalized(_ axis: Int, rank: Int) throws(KernelFault) -> Int {
        guard axis >= -rank, axis < rank else { throw KernelFault("axis \(axis) is outside of rank \(rank)") }
        return axis < 0 ? axis + rank : axis
    }

    func normalized(_ axes: [Int], rank: Int) throws(KernelFault) -> [Int] {
        var result: [Int] = []
        for axis in axes { result.append(try normalized(axis, rank: rank)) }
        guard Set(result).count == result.count else { throw KernelFault("an axis is named twice in \(axes)") }
        return result
    }

    func axis(default value: Int, rank: Int) throws(KernelFault) -> Int {
        try normalized(integer("axis", default: value), rank: rank)
    }

    /// Checks that an optional vector, if given, is float32 of `count` elements.
    func checkVector(_ index: Int, count: Int) throws(KernelFault) {
        guard hasInput(index) else { return }
        let shape = try floatShape(index)
        guard shape.count == count else { throw KernelFault("input \(index) is \(shape), not of \(count) elements") }
    }
}

/// The product of extents; a fault where it is beyond what memory holds.
func checkedProduct(_ factors: Int...) throws(KernelFault) -> Int { try checkedProduct(factors) }

func checkedProduct(_ factors: some Sequence<Int>) throws(KernelFault) -> Int {
    var result = 1
    for factor in factors {
        let (next, overflow) = result.multipliedReportingOverflow(by: factor)
        guard !overflow, next >= 0, next <= largestCount else { throw KernelFault("its sizes are too large") }
        result = next
    }
    return result
}

extension Shape {
    /// Elements before, along and behind an axis.
    func split(at axis: Int) -> (outer: Int, extent: Int, inner: Int) {
        // Bounds: where no extent is 0 the products are at most `count`; otherwise they may wrap and are not used.
        guard count > 0 else { return (0, self[axis], 0) }
        return (dimensions[..<axis].reduce(1, *), self[axis], dimensions[(axis + 1)...].reduce(1, *))
    }
}

extension [TensorView?] {
    /// An input that the maker has seen to be given.
    func given(_ index: Int) -> TensorView {
        guard let view = self[index] else { preconditionFailure("input \(index) is missing") }
        return view
    }

    func optional(_ index: Int) -> TensorView? { index < count ? self[index] : nil }

    func floats(_ index: Int) -> UnsafePointer<Float> { given(index).bytes.assumingMemoryBound(to: Float.self) }

    func optionalFloats(_ index: Int) -> UnsafePointer<Float>? {
        optional(index).map { $0.bytes.assumingMemoryBound(to: Float.self) }
    }
}

extension MutableTensorView {
    var floatPointer: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }
}
