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

    /// Opens the arrays of the given names, or of those that are usual.
    static func open(
        path: String, samples: ArraySamples, sampleArray: String? = nil, labelArray: String? = nil
    ) throws(DataSetError) -> DataSet {
        let file = try mapFile(path)
        let archive = try readingArray { () throws(ArrayFileError) in try NPZFile(file) }
        let names = archive.names
        func array(_ name: String) throws(DataSetError) -> Tensor {
            try readingArray { () throws(ArrayFileError) in try archive.array(named: name) }
        }
        let known = names.isEmpty ? "it holds no arrays" : "it holds \(listed(names.prefix(12).map(quoted), "and"))"
        guard let x = sampleArray ?? sampleName(names, labelArray: labelArray) else {
            throw DataSetError(
                path: path, what: "has no array named x, images or x_test; \(known)",
                remedy: "name the arrays in a YAML description with the keys x and y")
        }
        for name in [x, labelArray].compactMap(\.self) where !names.contains(name) {
            throw DataSetError(path: path, what: "has no array \(quoted(name)); \(known)")
        }
        let usual = usualNames.first { $0.0 == x && names.contains($0.1) }?.1
        let y = labelArray ?? (sampleArray == nil ? usual : nil)
        var labels: (Tensor, String)?
        if let y { labels = (try array(y), "\(path): \(y)") }
        return try samples.dataSet(try array(x), labels: labels)
    }

    private static func sampleName(_ names: [String], labelArray: String?) -> String? {
        usualNames.first { names.contains($0.0) && names.contains($0.1) }?.0
            ?? usualNames.first { names.contains($0.0) }?.0
            ?? names.first { names.count == (labelArray == nil ? 1 : 2) && $0 != labelArray }
    }
}
