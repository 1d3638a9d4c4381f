import ArrayFiles
import Basics
import Glibc

/// A file of images and one of labels, as MNIST comes.
enum IDXPair {
    /// Opens the pair; without `labels` they are looked for beside the images.
    static func open(images: String, labels: String?, samples: ArraySamples) throws(DataSetError) -> DataSet {
        let file = try mapFile(images)
        let tensor = try readingArray { () throws(ArrayFileError) in try IDXArray.read(file) }
        guard let path = labels ?? labelsBeside(images) else { return try samples.dataSet(tensor, labels: nil) }
        let labelFile = try mapFile(path)
        let labels = try readingArray { () throws(ArrayFileError) in try IDXArray.read(labelFile) }
        return try samples.dataSet(tensor, labels: (labels, path))
    }

    /// The path of the labels as MNIST and its successors name them; nil where there is no such file.
    static func labelsBeside(_ images: String) -> String? {
        let name = fileName(of: images)
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        let renamed = plain.replacingLast("images", with: "labels").replacingLast("idx3", with: "idx1")
        guard renamed != plain else { return nil }
        return [renamed, renamed + ".gz"].map { folderPath(of: images) + $0 }.first { access($0, F_OK) == 0 }
    }
}

extension String {
    /// The text with the last occurrence of `part` replaced.
    fileprivate func replacingLast(_ part: String, with other: String) -> String {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(part) {
                return self[..<start] + other + self[start...].dropFirst(part.count)
            }
        }
        return self
    }
}
