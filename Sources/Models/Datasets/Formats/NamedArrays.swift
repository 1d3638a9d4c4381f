import ArrayFiles
import TensorCore
import TextFormats

/// An archive of arrays with samples, and labels if it has them.
enum NamedArrays {
    /// Names that mean samples and labels, together, in the order they are looked for.
    private static let usualNames = [
        ("x", "y"), ("images", "labels"), ("x_test", "y_test"), ("X", "Y"), ("X", "y"), ("data", "labels"),
        ("data", "target"), ("test_images", "test_labels"), ("arr_0", "arr_1"),
    ]

    /// Opens the arrays of the given names, or of those that are usual; `inputs` says which arrays go to inputs of other names.
    static func open(
        path: String, samples: ArraySamples, sampleArray: String? = nil, labelArray: String? = nil, inputs: [String: String] = [:]
    ) throws(DataSetError) -> DataSet {
        let file = try mapFile(path)
        let archive = try readingArray { () throws(ArrayFileError) in try NPZFile(file) }
        let names = archive.names
        func array(_ name: String) throws(DataSetError) -> Tensor {
            try readingArray { () throws(ArrayFileError) in try archive.array(named: name) }
        }
        let known = names.isEmpty ? "it holds no arrays" : "it holds \(listed(names.prefix(12).map(quoted), "and"))"
        for name in [sampleArray, labelArray].compactMap(\.self) + inputs.values where !names.contains(name) {
            throw DataSetError(path: path, what: "has no array \(quoted(name)); \(known)")
        }
        // Every array may be the one of an input of its name, or of the name that a description gives it.
        var fields: [String: any SampleSource] = [:]
        var found: [String: Tensor] = [:]
        for name in names {
            // Arrays of other things than numbers may lie beside them.
            guard let tensor = try? array(name) else { continue }
            found[name] = tensor
            fields[name] = ArrayField(tensor)
        }
        let chosen = sampleArray ?? sampleName(names, labelArray: labelArray)
        guard let x = chosen ?? names.first(where: { (fields[$0]?.count ?? 0) > 0 }) else {
            throw DataSetError(
                path: path, what: "has no array named x, images or x_test; \(known)",
                remedy: "name the arrays in a YAML description with the keys x and y")
        }
        let usual = usualNames.first { $0.0 == x && names.contains($0.1) }?.1
        let y = labelArray ?? (sampleArray == nil ? usual ?? (chosen == nil ? labelName(found) : nil) : nil)
        var labels: (Tensor, String)?
        var stored = try array(x)
        if let y {
            let tensor = try array(y)
            labels = (tensor, "\(path): \(y)")
            // As many labels as an array has along another axis say that samples lie along that one.
            let count = tensor.shape.dimensions.first ?? 0
            if let axis = stored.sampleAxis(count), axis > 0, let turned = stored.samplesFirst(axis) {
                stored = turned
                for (name, other) in found where name != y {
                    guard let axis = other.sampleAxis(count) else { continue }
                    fields[name] = ArrayField(other, axis: axis, isSettled: true)
                }
            }
        }
        for (input, name) in inputs { fields[input] = fields[name] }
        var set = try samples.dataSet(stored, labels: labels)
        guard case .samples(let source) = set.content else { return set }
        // Described treatment of pixels is for the samples, whatever their array is called.
        if samples.preprocessing != Preprocessing() || found[x]?.elementType == .uint8 { fields[x] = source }
        set.content = .samples(NamedSamples(source, fields: fields, goesByName: chosen == nil))
        return set
    }

    /// A whole number a sample under one of the usual names.
    private static func labelName(_ arrays: [String: Tensor]) -> String? {
        ["labels", "label", "y", "targets", "target"].first { name in
            arrays[name].map { $0.shape.rank == 1 && !$0.elementType.isReadableAsFloat } ?? false
        }
    }

    private static func sampleName(_ names: [String], labelArray: String?) -> String? {
        usualNames.first { names.contains($0.0) && names.contains($0.1) }?.0
            ?? usualNames.first { names.contains($0.0) }?.0
            ?? names.first { names.count == (labelArray == nil ? 1 : 2) && $0 != labelArray }
    }
}

extension Tensor {
    /// The axis that counts so many samples: the first, or the only other one that is as long; nil where that is not clear.
    fileprivate func sampleAxis(_ count: Int) -> Int? {
        guard shape.dimensions.first != count else { return 0 }
        let axes = shape.dimensions.indices.filter { shape[$0] == count }
        return axes.count == 1 ? axes[0] : nil
    }

    /// The same elements with the samples along the first axis; nil where there are none.
    fileprivate func samplesFirst(_ axis: Int) -> Tensor? {
        guard let places = SampleAxis(shape, axis: axis, samples: shape[axis]) else { return nil }
        var extents = shape.dimensions
        extents.insert(extents.remove(at: axis), at: 0)
        let size = elementType.byteCount
        let bytes = storage.withUnsafeBytes { source in
            var turned: [UInt8] = []
            turned.reserveCapacity(source.count)
            for sample in 0..<places.samples {
                // Bounds: pieces lie within the elements that the storage holds.
                for piece in places.pieces(of: sample) { turned += source[piece.lowerBound * size..<piece.upperBound * size] }
            }
            return turned
        }
        return Tensor(shape: Shape(extents), elementType: elementType, storage: .owned(bytes))
    }
}
