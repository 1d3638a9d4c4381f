import ArrayFiles
import TensorCore
import TextFormats

/// Makes a data set of arrays: samples along the first axis, and their labels.
struct ArraySamples {
    var name: String
    var path: String
    var preprocessing = Preprocessing()
    var layout: DataDescription.Layout?
    var classes = ClassList()

    func dataSet(_ tensor: Tensor, labels: (tensor: Tensor, path: String)?) throws(DataSetError) -> DataSet {
        guard tensor.shape.rank > 0 else { throw DataSetError(path: path, what: "holds one number, not samples") }
        guard tensor.shape[0] > 0 else { throw DataSetError(path: path, what: "holds no samples") }
        guard tensor.count > 0 else {
            throw DataSetError(path: path, what: "holds samples without numbers: \(tensor.shape)")
        }
        let pipeline: SamplePipeline
        do throws(PreprocessingFault) {
            pipeline = try self.pipeline(tensor)
        } catch {
            throw DataSetError(path: path, what: error.words)
        }
        var numbers: [Int]?
        if let labels {
            let read = try Labels.read(labels.tensor, path: labels.path)
            try Labels.check(read, sampleCount: tensor.shape[0], classCount: classes.names.count, path: labels.path)
            numbers = read
        }
        let source: any SampleSource
        if tensor.elementType == .uint8 {
            let records = ByteSource.Records(
                storage: tensor.storage, count: tensor.shape[0], stride: pipeline.storedCount, offset: 0)
            source = ByteSource([records], pipeline: pipeline, labels: numbers)
        } else {
            source = NumberSource(tensor, pipeline: pipeline, labels: numbers, isPlain: preprocessing == Preprocessing())
        }
        return DataSet(name: name, content: .samples(source), classNames: classes.names)
    }

    /// Four axes are images with channels; three are gray images if they are bytes or treated as images; the rest is numbers.
    private func pipeline(_ tensor: Tensor) throws(PreprocessingFault) -> SamplePipeline {
        let extents = Array(tensor.shape.dimensions.dropFirst())
        if extents.count == 3 {
            let isPlanar = layout.map { $0 == .nchw } ?? !Self.looksInterleaved(extents)
            return try SamplePipeline(
                preprocessing,
                images: isPlanar
                    ? ImageLayout(channels: extents[0], height: extents[1], width: extents[2], isPlanar: true)
                    : ImageLayout(channels: extents[2], height: extents[0], width: extents[1], isPlanar: false))
        }
        let areImages = tensor.elementType == .uint8 || preprocessing.resizing != nil || preprocessing.crop != nil
        if extents.count == 2, areImages {
            return try SamplePipeline(
                preprocessing, images: ImageLayout(channels: 1, height: extents[0], width: extents[1], isPlanar: true))
        }
        return try SamplePipeline(preprocessing, numbers: Shape(extents))
    }

    /// Whether three extents end with a number of channels and do not begin with one.
    private static func looksInterleaved(_ extents: [Int]) -> Bool {
        let counts = [1, 3, 4]
        return counts.contains(extents[2]) && !counts.contains(extents[0])
    }
}
