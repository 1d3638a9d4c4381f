import NeuralNetwork
import TensorCore
import TextFormats

extension TiedNames {
    /// Ties tensors as a file's metadata says, and takes that out of it. A name whose tensor is there and holds other bytes stays
    /// a tensor of its own.
    static func restore(_ tensors: [StoredTensor], _ provenance: inout Provenance) -> [StoredTensor] {
        guard let fields = provenance.fields.first, let found = lines(in: fields) else { return tensors }
        provenance.fields = found.rest.isEmpty ? [] : [.owned(found.rest)]
        var places = Dictionary(tensors.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        var tied = tensors
        var gone: Set<Int> = []
        for line in found.lines.split(separator: "\n") {
            let names = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard names.count == 2, names[0] != names[1], let place = places[names[1]], !gone.contains(place) else { continue }
            if let other = places[names[0]] {
                guard other != place, tied[other].tensor.isEqual(to: tied[place].tensor), tied[other].tiedNames.isEmpty else { continue }
                gone.insert(other)
            }
            places[names[0]] = place
            tied[place].tiedNames.append(names[0])
        }
        return tied.indices.filter { !gone.contains($0) }.map { tied[$0] }
    }

    /// The lines under the key, which comes first where it is there, and the metadata without it.
    private static func lines(in fields: TensorStorage) -> (lines: String, rest: [UInt8])? {
        fields.withUnsafeBytes { bytes in
            var lines: String?
            var end = 0
            var json = StrictJSON(bytes)
            let isRead: Void? = try? json.object(
                { (json, key) throws(StrictJSON.Fault) in
                    let value = try json.string()
                    guard key == TiedNames.key, end == 0 else { return end = max(end, 1) }
                    (lines, end) = (value, json.position)
                }, wrapping: { $0 })
            guard isRead != nil, let lines else { return nil }
            let rest = bytes[end...].drop { " \t\r\n".utf8.contains($0) }
            return (lines, rest.first == UInt8(ascii: ",") ? [UInt8(ascii: "{")] + rest.dropFirst() : [])
        }
    }
}

extension TensorSource {
    /// Whether type, shape and every byte are the same; what cannot be read equals nothing.
    fileprivate func isEqual(to other: TensorSource) -> Bool {
        guard elementType == other.elementType, shape == other.shape else { return false }
        guard let left = try? bytes.read(), let right = try? other.bytes.read() else { return false }
        return left.withUnsafeBytes { left in right.withUnsafeBytes { left.elementsEqual($0) } }
    }
}
