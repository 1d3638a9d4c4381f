import NeuralNetwork
import TensorCore

/// What a value is while the network runs: how its elements are stored, and its shape.
struct ValueType: Sendable, Hashable {
    var elementType: ElementType
    var shape: Shape

    var byteCount: Int { shape.count * elementType.byteCount }
}

/// Elements that a kernel reads: dense, row-major, aligned to 64 bytes or as their file has them.
struct TensorView {
    var type: ValueType
    var bytes: UnsafeRawPointer

    var shape: Shape { type.shape }

    /// The elements; the view must hold float32.
    var floats: UnsafeBufferPointer<Float> { elements(as: Float.self) }

    /// The elements as a type of the same size as the stored one.
    func elements<Element>(as element: Element.Type) -> UnsafeBufferPointer<Element> {
        // Bounds: a view covers `type.byteCount` bytes by construction.
        precondition(MemoryLayout<Element>.stride == type.elementType.byteCount)
        return UnsafeBufferPointer(start: bytes.assumingMemoryBound(to: Element.self), count: shape.count)
    }
}

/// Elements that a kernel writes: dense, row-major, aligned to 64 bytes, never overlapping what it reads.
struct MutableTensorView {
    var type: ValueType
    var bytes: UnsafeMutableRawPointer

    var shape: Shape { type.shape }

    var floats: UnsafeMutableBufferPointer<Float> { elements(as: Float.self) }

    func elements<Element>(as element: Element.Type) -> UnsafeMutableBufferPointer<Element> {
        precondition(MemoryLayout<Element>.stride == type.elementType.byteCount)
        return UnsafeMutableBufferPointer(start: bytes.assumingMemoryBound(to: Element.self), count: shape.count)
    }
}

/// A node made ready to run on plain row-major values, for shapes known beforehand.
struct Kernel: Sendable {
    typealias Body =
        @Sendable (
            _ inputs: [TensorView?], _ outputs: [MutableTensorView], _ scratch: UnsafeMutableRawPointer
        ) -> Void

    /// The way back through a kernel that is linear in its first input: from the gradient of the result to that of the input.
    typealias Adjoint = @Sendable (_ gradient: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void

    /// What each output of the node is, in order; unused outputs included.
    var outputs: [ValueType]
    /// Bytes of working memory a run needs, aligned to 64 bytes.
    var scratchByteCount = 0
    /// Runs on one thread; several may run the same kernel at once.
    var run: Body
    /// Of kernels that are linear in their first input and do more than move its elements.
    var adjoint: Adjoint?
    /// Of kernels that know their own way back.
    var wayBack: WayBack?
}

/// The way back through a kernel: from the gradient of its first result to those of the inputs that have a target.
struct WayBack: Sendable {
    typealias Body =
        @Sendable (
            _ inputs: [TensorView?], _ gradient: UnsafePointer<Float>, _ targets: [UnsafeMutablePointer<Float>?],
            _ scratch: UnsafeMutablePointer<Float>
        ) -> Void

    /// Bytes of working memory a run needs.
    var scratchByteCount = 0
    var run: Body
}

/// A node's input as it is known before the network runs.
struct Operand: Sendable {
    var type: ValueType
    /// The elements, where they cannot change: literals, and what follows from shapes. Weights, which a plan may
    /// replace, are not given here; kernels read them when they run.
    var constant: Tensor?
    /// The floating-point type that the file gives the value, where it is run with another one.
    var declared: ElementType?
}

/// What a kernel is made from.
struct KernelContext: Sendable {
    var node: Node
    /// Version of the standard operators.
    var operatorSet: Int
    /// nil where an optional input is omitted.
    var inputs: [Operand?]
    /// The shapes of the node's outputs, as shape inference has them.
    var outputShapes: [Shape]
    /// The node's tensor attributes by name: what `Attribute.tensor` refers to in the model.
    var attributeTensors: [String: Tensor] = [:]
}

/// Why a node cannot be run, as a reason to show: `mode cubic is not supported`.
struct KernelFault: Error, Hashable {
    var reason: String

    init(_ reason: String) { self.reason = reason }
}
