import ArrayFiles
import Basics
import Glibc
import TensorCore
import TextFormats

extension DataSet {
    /// What is opened, for messages.
    static let kinds =
        "a YAML description, IDX images, CIFAR's .bin, .npz, .npy, or a folder of JPEG and PNG images"

    /// Opens data as it comes, or by the YAML description of it; samples are read when they are wanted.
    public static func open(path: String) throws(DataSetError) -> DataSet {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw DataSetError(path: path, what: "cannot be read: \(systemWords(errno))", remedy: "check the path")
        }
        if status.st_mode & S_IFMT == S_IFDIR { return try open(folder: path) }
        let name = fileName(of: path)
        let lowercased = name.lowercased()
        if lowercased.hasSuffix(".yaml") || lowercased.hasSuffix(".yml") {
            let description = try DescriptionReader.read(path: path)
            var set = try open(description)
            set.inputShapes = description.inputShapes
            return set
        }
        if lowercased.hasSuffix(".txt") {
            throw DataSetError(
                path: path, what: "a text needs the vocabulary that numbers its characters",
                remedy: "describe both in a YAML file: kind: text, text: \(quoted(name)), vocabulary: FILE.json")
        }
        let file = try mapFile(path)
        guard file.byteCount > 0 else { throw DataSetError(path: path, what: "is empty") }
        let samples = ArraySamples(name: name, path: path)
        if NPZFile.isArchive(file) || lowercased.hasSuffix(".npz") {
            return try NamedArrays.open(path: path, samples: samples)
        }
        if NPYFile.isNPY(file) || lowercased.hasSuffix(".npy") {
            return try samples.dataSet(readingArray { () throws(ArrayFileError) in try NPYFile.read(file) }, labels: nil)
        }
        if IDXArray.isIDX(file) || lowercased.contains("-ubyte") {
            return try IDXPair.open(images: path, labels: nil, samples: samples)
        }
        if lowercased.hasSuffix(".bin") { return try CIFARFile.open([path], name: name) }
        throw DataSetError(path: path, what: "is of no known kind of data", remedy: "known are \(kinds)")
    }

    /// What the YAML description of data says of the shapes of a network's inputs, by name; nothing of other data.
    public static func inputShapes(path: String) throws(DataSetError) -> [String: Shape] {
        let lowercased = path.lowercased()
        guard lowercased.hasSuffix(".yaml") || lowercased.hasSuffix(".yml") else { return [:] }
        return try DescriptionReader.read(path: path).inputShapes
    }

    private static func open(folder path: String) throws(DataSetError) -> DataSet {
        let root = path.hasSuffix("/") ? path : path + "/"
        let name = fileName(of: path)
        let entries = try FolderListing(path: root)
        if let images = try idxImages(entries.files, folder: root) {
            return try IDXPair.open(
                images: root + images, labels: nil, samples: ArraySamples(name: name, path: root + images))
        }
        if entries.files.contains("test_batch.bin") { return try CIFARFile.open([root + "test_batch.bin"], name: name) }
        return try ImageFolder.open(path: root, name: name)
    }

    /// The images of an IDX pair in a folder: the only ones, or the test images.
    private static func idxImages(_ files: [String], folder: String) throws(DataSetError) -> String? {
        let images = files.filter { $0.contains("idx3-ubyte") }
        let tests = images.filter { $0.contains("t10k") || $0.contains("test") }
        if images.count > 1, tests.count != 1 {
            throw DataSetError(
                path: folder, what: "holds several files of images: \(listed(images.prefix(4).map(quoted), "and"))",
                remedy: "name one of them")
        }
        return images.count == 1 ? images[0] : tests.first
    }

    private static func open(_ description: DataDescription) throws(DataSetError) -> DataSet {
        let name = fileName(of: description.path)
        let preprocessing = description.preprocessing
        if description.kind == .text {
            guard let text = description.text, let vocabulary = description.vocabulary else {
                let missing = description.text == nil ? "text" : "vocabulary"
                throw DataSetError(path: description.path, what: "kind: text needs \(missing): and its path")
            }
            let tokens = try TextFile.open(path: text, vocabulary: vocabulary, last: description.last)
            return DataSet(name: name, content: .text(tokens))
        }
        guard let images = description.images.first else {
            throw DataSetError(
                path: description.path, what: "says not where the images are", remedy: "add images: and a path")
        }
        let classes = try ClassList(description.classes)
        let samples = ArraySamples(
            name: name, path: images, preprocessing: preprocessing, layout: description.layout, classes: classes)
        switch description.kind {
        case .idx:
            return try IDXPair.open(images: images, labels: description.labels, samples: samples)
        case .cifar:
            return try CIFARFile.open(description.images, name: name, preprocessing: preprocessing, classes: classes)
        case .npz:
            return try NamedArrays.open(
                path: images, samples: samples, sampleArray: description.sampleArray, labelArray: description.labelArray,
                inputs: description.inputArrays)
        case .npy:
            let tensor = try array(images)
            let labels = try description.labels.map { path throws(DataSetError) in (try array(path), path) }
            return try samples.dataSet(tensor, labels: labels)
        case .folder:
            return try ImageFolder.open(
                path: images.hasSuffix("/") ? images : images + "/", name: name, preprocessing: preprocessing,
                labels: description.labels.flatMap(DataDescription.FolderLabels.init), classes: classes)
        case .text:
            preconditionFailure("texts were opened above")
        }
    }

    private static func array(_ path: String) throws(DataSetError) -> Tensor {
        let file = try mapFile(path)
        return try readingArray { () throws(ArrayFileError) in try NPYFile.read(file) }
    }
}
