/// Nodes that run as one operation: a convolution or product with what follows it, or a single node.
struct Unit: Sendable {
    /// In order; the first is what the rest was fused into.
    var chain: [TracedNode]
    /// Per output channel, from a batch normalization: results are multiplied by `scale`, then `shift` is added.
    var scale: [Float]?
    var shift: [Float]?
    /// A value that is added to the result before `posts`.
    var residual: ValueID?
    var posts: [Pointwise] = []

    init(_ node: TracedNode) { chain = [node] }

    var main: TracedNode { chain[0] }
    var output: ValueID { chain[chain.count - 1].outputs[0] }
    var guards: [Guard] { main.guards }

    /// What the unit reads from outside of itself.
    var inputs: [ValueID] {
        var inner: Set<ValueID> = []
        var outer: [ValueID] = []
        for node in chain {
            outer += node.inputs.compactMap { $0 }.filter { !inner.contains($0) }
            inner.formUnion(node.outputs)
        }
        return outer + guards.map(\.condition)
    }

    /// The sum, where there is one, and then the functions.
    var postOperations: [PostOperation] { (residual == nil ? [] : [.sum]) + posts.map(PostOperation.function) }
}
