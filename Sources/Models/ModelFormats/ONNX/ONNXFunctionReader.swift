import Basics
import NeuralNetwork

extension ONNXGraphReader {
    /// The local functions that can be put in place of their calls: those with one sound body, no references inside of subgraphs
    /// and no defaults other than numbers and texts.
    mutating func localFunctions(_ messages: [ONNXFunctionProto]) throws(ModelFileError) -> [LocalFunction] {
        var functions: [LocalFunction] = []
        var seen: [String: Int] = [:]
        for message in messages { seen["\(message.domain) \(message.name)", default: 0] += 1 }
        for message in messages {
            var nodes: [Node] = []
            var references: [(node: Int, attribute: String, parameter: String)] = []
            for (position, node) in message.node.enumerated() {
                var read = try self.node(node)
                for attribute in node.attribute where !attribute.refAttrName.isEmpty {
                    references.append((position, attribute.name, attribute.refAttrName))
                    read.attributes[attribute.name] = nil
                }
                nodes.append(read)
            }
            guard seen["\(message.domain) \(message.name)"] == 1, !nodes.contains(where: \.refersToParameters),
                Set(message.input).count == message.input.count, Set(message.output).count == message.output.count
            else { continue }
            let inputs = message.input.map { ValueInfo(name: $0, elementType: nil, dimensions: nil) }
            guard Graph(nodes: nodes, inputs: inputs).fault() == nil else { continue }
            var defaults: [String: Attribute] = [:]
            for attribute in message.attributeProto { defaults[attribute.name] = Self.plain(attribute) }
            guard defaults.count == message.attributeProto.count else { continue }
            var operatorSets: [String: Int] = [:]
            for set in message.opsetImport { operatorSets[Self.standardized(set.domain)] = Int(set.version) }
            functions.append(
                LocalFunction(
                    domain: Self.standardized(message.domain), name: message.name, inputs: message.input, outputs: message.output,
                    nodes: nodes, references: references, defaults: defaults, operatorSets: operatorSets))
        }
        return functions
    }

    /// An attribute of numbers or texts; nil for other kinds.
    private static func plain(_ message: ONNXAttributeProto) -> Attribute? {
        switch message.type {
        case 1: .float(message.f)
        case 2: .integer(Int(message.i))
        case 3: String(validating: message.s, as: UTF8.self).map { .text($0) }
        case 6: message.payload.isEmpty ? .floats(message.floats) : nil
        case 7: .integers(message.ints.map { Int($0) })
        default: nil
        }
    }
}

extension Node {
    /// Whether an attribute here or in a subgraph stands for one of the function's.
    fileprivate var refersToParameters: Bool {
        attributes.values.contains { attribute in
            if case .unsupported("reference to an attribute", _) = attribute { true } else { false }
        } || subgraphs.contains { $0.graph.nodes.contains(where: \.refersToParameters) }
    }
}
