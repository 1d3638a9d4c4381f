import Basics
import NeuralNetwork
import SwiftProtobuf

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
                let header = try FunctionHeader(message.place, in: tensors.file)
            else { continue }
            let inputs = header.inputs.map { ValueInfo(name: $0, elementType: nil, dimensions: nil) }
            guard Graph(nodes: nodes, inputs: inputs).fault() == nil else { continue }
            var defaults: [String: Attribute] = [:]
            for attribute in header.defaults { defaults[attribute.name] = Self.plain(attribute) }
            guard defaults.count == header.defaults.count else { continue }
            functions.append(
                LocalFunction(
                    domain: Self.standardized(message.domain), name: message.name, inputs: header.inputs, outputs: header.outputs,
                    nodes: nodes, references: references, defaults: defaults, operatorSets: header.operatorSets))
        }
        return functions
    }

    /// An attribute of numbers or texts; nil for other kinds.
    private static func plain(_ message: ONNXAttributeProto) -> Attribute? {
        switch message.type {
        case 1: .float(message.f)
        case 2: .integer(Int(message.i))
        case 3: String(validating: message.s, as: UTF8.self).map { .text($0) }
        case 6: .floats(message.floats)
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

/// What a function's message says beside its nodes; the schema leaves it out.
private struct FunctionHeader {
    var inputs: [String] = []
    var outputs: [String] = []
    var operatorSets: [String: Int] = [:]
    var defaults: [ONNXAttributeProto] = []

    /// nil where a field does not hold what it should.
    init?(_ place: ONNXPayloadPlace, in file: MappedFile) throws(ModelFileError) {
        let range = try ONNXPayload(place, in: file).range
        let isRead = file.withUnsafeBytes { bytes -> Bool in
            var reader = WireReader(bytes, range: range)
            do {
                while let field = try reader.next() {
                    let value = bytes[field.value]
                    switch (field.number, field.wireType) {
                    case (4, .lengthDelimited): inputs.append(String(decoding: value, as: UTF8.self))
                    case (5, .lengthDelimited): outputs.append(String(decoding: value, as: UTF8.self))
                    case (9, .lengthDelimited):
                        let set = try ONNXOperatorSetIdProto(serializedBytes: Array(value))
                        operatorSets[ONNXGraphReader.standardized(set.domain)] = Int(set.version)
                    case (11, .lengthDelimited):
                        var options = BinaryDecodingOptions()
                        options.discardUnknownFields = true
                        defaults.append(try ONNXAttributeProto(serializedBytes: Array(value), options: options))
                    default: break
                    }
                }
                return true
            } catch {
                return false
            }
        }
        guard isRead, Set(inputs).count == inputs.count, Set(outputs).count == outputs.count else { return nil }
    }
}
