import Basics
import NeuralNetwork
import TextFormats

/// A `*.index.json`: which of several safetensors files holds each tensor.
struct SafetensorsIndex {
    let file: MappedFile
    /// The file of each tensor.
    private var shardOfTensor: [String: String] = [:]

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let path = file.path
        func wrap(_ fault: StrictJSON.Fault) -> ModelFileError {
            .malformed(path: path, place: .byte(fault.position), expected: fault.expected, found: fault.found)
        }
        var map: [String: String]?
        try file.withUnsafeBytes { bytes throws(ModelFileError) in
            var json = StrictJSON(bytes)
            do throws(StrictJSON.Fault) {
                try json.object(
                    { (json, key) throws(StrictJSON.Fault) in
                        guard key == "weight_map" else { return try json.skipValue(depth: 1) }
                        guard map == nil else {
                            throw StrictJSON.Fault(position: json.position, expected: "one weight_map", found: "another")
                        }
                        map = try Self.weightMap(&json)
                    }, wrapping: { $0 })
                try json.end()
            } catch { throw wrap(error) }
        }
        guard let map else {
            throw .malformed(path: path, place: .whole, expected: "a safetensors index", found: "no weight_map")
        }
        shardOfTensor = map
    }

    private static func weightMap(_ json: inout StrictJSON) throws(StrictJSON.Fault) -> [String: String] {
        var map: [String: String] = [:]
        try json.object(
            { (json, name) throws(StrictJSON.Fault) in
                guard map.updateValue(try json.string(), forKey: name) == nil else {
                    throw StrictJSON.Fault(
                        position: json.position, expected: "each name once", found: "\(name.quoted) again")
                }
            }, wrapping: { $0 })
        return map
    }

    /// Opens every shard once and takes from each the tensors the index says it holds.
    func model() throws(ModelFileError) -> Model {
        let tensorsOfShard = Dictionary(grouping: shardOfTensor.keys) { shardOfTensor[$0] ?? "" }
        let shards = tensorsOfShard.keys.sorted()
        var tensors: [StoredTensor] = []
        var byteCount = file.byteCount
        var payloadByteCount = 0
        var provenance = Provenance()
        for shard in shards {
            let wanted = tensorsOfShard[shard] ?? []
            let part = try open(shard, for: wanted.min() ?? "")
            byteCount += part.file.byteCount
            if provenance.fields.isEmpty { provenance.fields = part.provenance.fields }
            provenance.opaqueTensors += part.provenance.opaqueTensors.filter { shardOfTensor[$0.name] == shard }
            let held = part.tensors.filter { shardOfTensor[$0.name] == shard }
            payloadByteCount += held.reduce(0) { $0 + $1.tensor.byteCount }
            if held.count < wanted.count {
                let names = Set(held.map(\.name))
                let missing = wanted.filter { !names.contains($0) }.min() ?? ""
                throw .malformed(
                    path: file.path, place: .tensor(missing), expected: "in \(shard.quoted)", found: "no such tensor there")
            }
            tensors += held
        }
        return Model(
            weightsOnly: tensors, name: ModelFile.name(of: file.path),
            format: "safetensors, \(shards.count) \(shards.count == 1 ? "shard" : "shards")", fileByteCount: byteCount,
            payloadByteCount: payloadByteCount, provenance: provenance)
    }

    private func open(_ shard: String, for tensor: String) throws(ModelFileError) -> SafetensorsFile {
        guard ModelFile.isConfined(shard) else {
            throw .unsupported(
                path: file.path, place: .tensor(tensor), what: "lies outside of the index's folder, in \(shard.quoted)",
                remedy: "Put the shards beside the index.")
        }
        let path = ModelFile.folder(of: file.path) + shard
        let mapped: MappedFile
        do throws(MappedFile.Failure) {
            mapped = try MappedFile(path: path)
        } catch {
            throw .missingPart(path: file.path, place: .tensor(tensor), part: path)
        }
        guard mapped.byteCount > 0 else { throw .empty(path: path) }
        return try SafetensorsFile(mapped)
    }
}
