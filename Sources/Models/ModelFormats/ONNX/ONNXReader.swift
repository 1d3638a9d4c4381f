import Basics
import NeuralNetwork
import TensorCore

/// Reads an ONNX file: its structure is parsed, its tensors stay where they are.
struct ONNXReader {
    let file: MappedFile
    private let message: ONNXModelProto

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        do throws(ONNXFault) {
            message = try file.withUnsafeBytes { bytes throws(ONNXFault) in
                var message = ONNXModelProto()
                var reader = ONNXMessageReader(bytes)
                try reader.read(&message, at: 0..<bytes.count)
                return message
            }
        } catch {
            throw Self.error(error, path: file.path)
        }
    }

    /// The model, with its shapes and costs worked out. `around` are the tensors of a file that this is the structure of.
    func model(tensors around: [String: TensorSource]? = nil) throws(ModelFileError) -> Model {
        guard let encoded = message.graph else {
            throw .malformed(
                path: file.path, place: .whole, expected: "an ONNX model",
                found: "no graph in \(file.byteCount.grouped) bytes")
        }
        // A model that imports none is one of the first version.
        var operatorSets: [String: Int] = message.opsetImport.isEmpty ? ["": 1] : [:]
        for entry in message.opsetImport {
            operatorSets[ONNXGraphReader.standardized(entry.domain)] = Int(entry.version)
        }
        var reader = ONNXGraphReader(path: file.path, operatorSets: operatorSets, tensors: ONNXTensorReader(file: file, around: around))
        let whole = try reader.graph(encoded)
        let functions = try reader.localFunctions(message.functions)

        var tensors = reader.stored
        let graph = whole.inlining(functions).foldingStoredArithmetic(&tensors)
        let analysis = GraphAnalysis(graph, tensors: tensors)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        let names = Set(message.functions.map { "\($0.domain).\($0.name)" })
        let leftOut = graph.leftOutWeights(tensors: &tensors, layers: layers, functions: names)
        let version = operatorSets[""].map { ", opset \($0)" } ?? ""
        let byteCount = reader.tensors.externalFiles.values.reduce(file.byteCount) { $0 + $1.byteCount }
        var model = Model(
            name: ModelFile.name(of: file.path), format: "ONNX\(version)", fileByteCount: byteCount,
            structureByteCount: max(byteCount - reader.tensors.payloadByteCount, 0), tensors: tensors, graph: graph,
            layers: layers, macs: analysis.macs,
            assumptions: analysis.assumed,
            provenance: provenance(of: graph))
        model.leftOut = leftOut
        return model
    }

    /// The tensors outside of the file that the graph refers to, each once, in its order.
    func references() throws(ModelFileError) -> [ReadONNXStructure.Reference] {
        var found: [ReadONNXStructure.Reference] = []
        var seen: Set<String> = []
        try forEachTensor(of: message.graph ?? ONNXGraphProto()) { tensor throws(ModelFileError) in
            guard tensor.dataLocation == 1 else { return }
            let name = tensor.externalData.first { $0.key == "location" }?.value ?? tensor.name
            guard seen.insert(name).inserted else { return }
            let shape = try ONNXTensorReader(file: file).shape(tensor, name: name)
            guard let type = ONNXTensorReader.elementTypes[tensor.dataType], !shape.count.multipliedReportingOverflow(by: type.byteCount).overflow
            else {
                throw .malformed(path: file.path, place: .tensor(name), expected: "of a known element type", found: "type \(tensor.dataType)")
            }
            found.append(.init(name: name, shape: shape, elementType: type))
        }
        return found
    }

    /// Visits the tensors of a graph and of those within it, in the order of an encoder. Parsing has limited how deep they lie.
    private func forEachTensor(
        of graph: ONNXGraphProto, _ body: (ONNXTensorProto) throws(ModelFileError) -> Void
    ) throws(ModelFileError) {
        for attribute in graph.node.flatMap(\.attribute) {
            if let tensor = attribute.t { try body(tensor) }
            for tensor in attribute.tensors { try body(tensor) }
            if let inner = attribute.g { try forEachTensor(of: inner, body) }
            for inner in attribute.graphs { try forEachTensor(of: inner, body) }
        }
        for tensor in graph.initializer { try body(tensor) }
    }

    /// What an export repeats: the fields that are kept, and where the graph still calls a local function, all of them as they
    /// lie in the file.
    private func provenance(of graph: Graph) -> Provenance {
        var fields: [TensorStorage] = message.kept.isEmpty ? [] : [.owned(message.kept)]
        let names = Set(message.functions.map { [ONNXGraphReader.standardized($0.domain), $0.name] })
        let isCalled = !names.isEmpty && graph.containsNode { names.contains([$0.domain, $0.operation]) }
        for function in message.functions where isCalled {
            fields += [.owned(WireMessage.beginning(of: 25, byteCount: function.place.count)), .mapped(file, function.place)]
        }
        return Provenance(formatVersion: Int(message.irVersion), fields: fields)
    }

    private static func error(_ error: ONNXFault, path: String) -> ModelFileError {
        let place = FilePlace.field("a field of the \(error.message)", byte: error.fault.offset)
        return switch error.fault {
        case .truncated(_, let needed, let available):
            .truncated(path: path, place: place, needed: needed, available: available)
        case .malformed(_, let expected, let found):
            .malformed(path: path, place: place, expected: expected, found: found)
        }
    }
}
