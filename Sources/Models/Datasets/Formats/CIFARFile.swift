import Basics

/// CIFAR's binary files: records of one label byte (CIFAR-10), or a coarse and a fine one (CIFAR-100), and 3,072 bytes of a
/// 32×32 image, channel by channel.
struct CIFARFile {
    static let layout = ImageLayout(channels: 3, height: 32, width: 32, isPlanar: true)

    let records: ByteSource.Records
    /// The fine labels.
    let labels: [Int]

    init(path: String) throws(DataSetError) {
        let file = try mapFile(path)
        guard file.byteCount > 0 else { throw DataSetError(path: path, what: "is empty") }
        let fitting = [1, 2].filter { file.byteCount % ($0 + Self.layout.count) == 0 }
        guard let first = fitting.first else {
            throw DataSetError(
                path: path,
                what:
                    "is no CIFAR file or cut off: \(file.byteCount) bytes are no multiple of 3073 or, for CIFAR-100, 3074"
            )
        }
        // A size may fit both: then the ten classes decide.
        let isTen = first == 1 && (fitting.count == 1 || Self.labels(file, offset: 0, stride: 3073).allSatisfy { $0 < 10 })
        let labelBytes = isTen ? 1 : 2
        let stride = labelBytes + Self.layout.count
        records = ByteSource.Records(
            storage: .mapped(file, 0..<file.byteCount), count: file.byteCount / stride, stride: stride, offset: labelBytes)
        labels = Self.labels(file, offset: labelBytes - 1, stride: stride)
        let classCount = isTen ? 10 : 100
        if let sample = labels.firstIndex(where: { $0 >= classCount }) {
            throw DataSetError(
                path: path,
                what:
                    "the label of sample \(sample) is \(labels[sample]), but CIFAR-\(classCount) has \(classCount) classes: not "
                    + "a CIFAR file, or damaged")
        }
    }

    private static func labels(_ file: MappedFile, offset: Int, stride: Int) -> [Int] {
        file.withUnsafeBytes { bytes in
            Swift.stride(from: offset, to: bytes.count, by: stride).map { Int(bytes[$0]) }
        }
    }

    /// Opens files whose samples follow each other.
    static func open(
        _ paths: [String], name: String, preprocessing: Preprocessing = Preprocessing(), classes: ClassList = ClassList()
    ) throws(DataSetError) -> DataSet {
        let pipeline: SamplePipeline
        do throws(PreprocessingFault) {
            pipeline = try SamplePipeline(preprocessing, images: layout)
        } catch {
            throw DataSetError(what: error.words)
        }
        var records: [ByteSource.Records] = []
        var labels: [Int] = []
        for path in paths {
            let file = try CIFARFile(path: path)
            try Labels.check(
                file.labels, sampleCount: file.records.count, classCount: classes.names.count, path: path)
            records.append(file.records)
            labels += file.labels
        }
        return DataSet(
            name: name, content: .samples(ByteSource(records, pipeline: pipeline, labels: labels)), classNames: classes.names
        )
    }
}
