import NeuralNetwork
import TensorCore

/// Walks a graph in execution order at fixed input shapes, folding what is known beforehand.
struct Tracer {
    let model: Model
    /// Tensors that a plan may replace.
    let replaceable: Set<Int>
    /// Tensors that training changes.
    let parameters: Set<Int>
    var trace = Trace()

    /// Values by name, innermost scope last.
    var scopes: [[String: ValueID]] = []
    var guards: [Guard] = []
    /// Literals already made of stored tensors.
    private var stored: [Int: ValueID] = [:]

    /// Folded constants larger than this are left to the run.
    private static let largestLiteral = 1 << 28
    private static let deepestNesting = 32
    /// Elements of a value; sums of bytes over all values stay far below 2⁶³.
    private static let largestCount = 1 << 40

    init(_ model: Model) {
        self.model = model
        replaceable = Set(model.layers.map(\.weight))
        parameters = []
    }

    /// Traces for training: `parameters` are runtime values, all other tensors literals.
    init(_ model: Model, parameters: Set<Int>) {
        self.model = model
        self.parameters = parameters
        replaceable = []
    }

    /// Traces the model's graph. `bound` gives inputs that are known beforehand; `shapes` those of all others.
    mutating func run(
        _ graph: Graph, shapes: [String: Shape], bound: [String: Tensor]
    ) throws(ExecutionError) -> Trace {
        scopes = [[:]]
        for input in graph.inputs {
            let id: ValueID
            if let tensor = bound[input.name] {
                let literal = asRuntime(tensor)
                id = add(
                    Value(
                        name: input.name, type: ValueType(literal), source: .literal(literal),
                        declared: declaration(tensor.elementType)))
            } else {
                guard let shape = shapes[input.name], shape.count <= Self.largestCount else {
                    throw ExecutionError("the shape of the input \(input.name) is not known, or larger than any memory")
                }
                let declared = input.elementType ?? .float32
                let type = ValueType(elementType: runtimeType(declared), shape: shape)
                id = add(
                    Value(
                        name: input.name, type: type, source: .input(trace.inputs.count), declared: declaration(declared)))
                trace.inputs.append(id)
            }
            scopes[0][input.name] = id
        }
        try walk(graph)
        for output in graph.outputs {
            guard let id = scopes[0][output.name] else {
                throw ExecutionError("nothing computes the output \(output.name)")
            }
            trace.outputs.append(try parameters.isEmpty ? rounded(id, output.name, graph.standardOperatorSet) : id)
        }
        return trace
    }

    mutating func add(_ value: Value) -> ValueID {
        trace.values.append(value)
        return trace.values.count - 1
    }

    /// What values of a stored type are while the network runs: all floating-point numbers become float32.
    private func runtimeType(_ type: ElementType) -> ElementType {
        type.isReadableAsFloat ? .float32 : type
    }

    /// What is noted of a value that is run with another type than the file gives it.
    private func declaration(_ type: ElementType) -> ElementType? { runtimeType(type) == type ? nil : type }

    /// A tensor with elements of the type that the network is run with.
    private func asRuntime(_ tensor: Tensor) -> Tensor {
        declaration(tensor.elementType) == nil ? tensor : Tensor(tensor.floats(), shape: tensor.shape)
    }

    private mutating func value(ofStored index: Int, name: String) throws(ExecutionError) -> ValueID {
        if let id = stored[index] { return id }
        let tensor = model.tensors[index].tensor
        let type = ValueType(elementType: runtimeType(tensor.elementType), shape: tensor.shape)
        let source: ValueSource
        if parameters.contains(index), type.elementType == .float32 {
            source = .parameter(index)
        } else if replaceable.contains(index), type.elementType == .float32 {
            source = .weight(index)
        } else {
            source = .literal(asRuntime(try model.tensors[index].read()))
        }
        let id = add(Value(name: name, type: type, source: source, declared: declaration(tensor.elementType)))
        stored[index] = id
        return id
    }

    func lookUp(_ name: String) -> ValueID? {
        for scope in scopes.reversed() {
            if let id = scope[name] { return id }
        }
        return nil
    }

    mutating func walk(_ graph: Graph) throws(ExecutionError) {
        guard scopes.count <= Self.deepestNesting else { throw ExecutionError("branches are nested too deeply") }
        if let fault = graph.operatorSetFault { throw ExecutionError(fault) }
        for (name, index) in graph.initializers where model.tensors.indices.contains(index) {
            scopes[scopes.count - 1][name] = try value(ofStored: index, name: name)
        }
        let order = graph.executionOrder()
        guard order.count == graph.nodes.count else { throw ExecutionError("the graph \(graph.name) contains a cycle") }
        for index in order {
            let node = graph.nodes[index]
            let title = graph.title(ofNode: index)
            if node.operation == "If", node.domain.isEmpty {
                try branch(node, title)
            } else {
                try visit(node, title, operatorSet: graph.standardOperatorSet)
            }
        }
    }

    mutating func visit(_ node: Node, _ title: String, operatorSet: Int) throws(ExecutionError) {
        guard node.domain.isEmpty, !node.hasSubgraphs, let maker = KernelLibrary.makers[node.operation] else {
            throw ExecutionError.unsupported(node, title)
        }
        if node.operation == "Constant", let output = node.outputs.first {
            // A Constant may hold a trained weight: it is a stored tensor like any other.
            for case .tensor(let index) in node.attributes.values {
                scopes[scopes.count - 1][output] = try value(ofStored: index, name: output)
                return
            }
        }
        var inputs: [ValueID?] = []
        for name in node.inputs {
            guard !name.isEmpty else {
                inputs.append(nil)
                continue
            }
            guard let id = lookUp(name) else { throw ExecutionError("\(title) reads \(name), which nothing provides") }
            inputs.append(id)
        }
        let operands = inputs.map { id in
            id.map { id -> Operand in
                let value = trace.values[id]
                return Operand(type: value.type, constant: value.literal, declared: value.declared)
            }
        }
        let kernel: Kernel
        do throws(ExecutionError) {
            kernel = try self.kernel(for: node, title, operatorSet, operands, maker)
        } catch {
            guard let shortened = try shortened(node, title, operatorSet, operands) else { throw error }
            return try visit(shortened, title, operatorSet: operatorSet)
        }
        let runtime = inputs.contains { $0.map { trace.values[$0].isRuntime } ?? false }
        if let first = operands.first ?? nil, let literal = shapeLiteral(node, first.type.shape), let name = node.outputs.first {
            define([name], [add(Value(name: name, type: ValueType(literal), source: .literal(literal)))])
        } else if !runtime {
            try fold(node, title, kernel, inputs, declared: node.declaredOutput(operands))
        } else {
            let declared = node.declaredOutput(operands)
            let outputs = zip(node.outputs, kernel.outputs).map { name, type in
                add(Value(name: name, type: type, source: .computed, declared: type.elementType == .float32 ? declared : nil))
            }
            define(node.outputs, outputs)
            trace.nodes.append(
                TracedNode(
                    node: node, title: title, operatorSet: operatorSet, inputs: inputs, outputs: outputs, kernel: kernel,
                    guards: guards))
        }
    }

    /// What Shape and Size say of a value whose elements nobody needs to know.
    private func shapeLiteral(_ node: Node, _ shape: Shape) -> Tensor? {
        let numbers: [Int]
        switch node.operation {
        case "Size": numbers = [shape.count]
        case "Shape":
            func place(_ name: String, _ value: Int) -> Int {
                let given = node.integer(name) ?? value
                return max(0, min(shape.rank, given < 0 ? given + shape.rank : given))
            }
            let (start, end) = (place("start", 0), place("end", shape.rank))
            numbers = start < end ? Array(shape.dimensions[start..<end]) : []
        default: return nil
        }
        return Tensor(
            shape: node.operation == "Size" ? [] : [numbers.count], elementType: .int64,
            storage: .owned(numbers.flatMap { number in withUnsafeBytes(of: Int64(number)) { Array($0) } }))
    }

    private func kernel(
        for node: Node, _ title: String, _ operatorSet: Int, _ operands: [Operand?], _ maker: KernelLibrary.Maker
    ) throws(ExecutionError) -> Kernel {
        let shapes: [Shape]
        do throws(ShapeInferenceError) {
            shapes = try node.outputShapes(
                operatorSet: operatorSet,
                inputs: operands.map { $0.map { InputFact(shape: $0.type.shape, constant: $0.constant) } })
        } catch {
            throw ExecutionError("\(title): \(error.reason)")
        }
        guard shapes.allSatisfy({ $0.count <= Self.largestCount }) else {
            throw ExecutionError("\(title): its output has more elements than any memory")
        }
        var context = KernelContext(node: node, operatorSet: operatorSet, inputs: operands, outputShapes: shapes)
        for case (let name, .tensor(let index)) in node.attributes where model.tensors.indices.contains(index) {
            context.attributeTensors[name] = asRuntime(try model.tensors[index].read())
        }
        do throws(KernelFault) {
            let kernel = try maker(context)
            guard kernel.outputs.count >= node.outputs.count else { throw KernelFault("it has too many outputs") }
            guard kernel.outputs.allSatisfy({ $0.shape.count <= Self.largestCount }) else {
                throw KernelFault("its output has more elements than any memory")
            }
            return kernel
        } catch {
            throw ExecutionError("\(title): \(error.reason)")
        }
    }

    mutating func define(_ names: [String], _ ids: [ValueID]) {
        for (name, id) in zip(names, ids) where !name.isEmpty { scopes[scopes.count - 1][name] = id }
    }

    /// Computes now what follows from literals alone, and notes how to compute what follows from weights.
    private mutating func fold(
        _ node: Node, _ title: String, _ kernel: Kernel, _ inputs: [ValueID?], declared: ElementType?
    ) throws(ExecutionError) {
        let weights = inputs.reduce(into: Set<Int>()) { set, id in
            if let id { set.formUnion(trace.weights(of: id)) }
        }
        guard kernel.outputs.allSatisfy({ $0.byteCount <= Self.largestLiteral }) else {
            throw ExecutionError("\(title): its constant output is too large")
        }
        var ids: [ValueID] = []
        if weights.isEmpty {
            let tensors = inputs.map { id in id.flatMap { trace.values[$0].literal } }
            guard let results = kernel.evaluate(tensors) else { throw ExecutionError("\(title): out of memory") }
            for (name, result) in zip(node.outputs, results) {
                let type = ValueType(result)
                let declared = type.elementType == .float32 ? declared : nil
                ids.append(add(Value(name: name, type: type, source: .literal(result), declared: declared)))
            }
        } else {
            for (position, name) in node.outputs.enumerated() {
                trace.derivations.append(Derivation(kernel: kernel, inputs: inputs, output: position, weights: weights))
                let source = ValueSource.derived(trace.derivations.count - 1)
                let declared = kernel.outputs[position].elementType == .float32 ? declared : nil
                ids.append(add(Value(name: name, type: kernel.outputs[position], source: source, declared: declared)))
            }
        }
        define(node.outputs, ids)
    }
}
