import Basics
import TensorCore

/// Images in files of their own, each decoded when it is read.
struct ImageFileSource: SampleSource {
    private let paths: [String]
    private let preprocessing: Preprocessing
    private let transform: PixelTransform
    let shape: Shape
    let labels: [Int]?

    /// Looks at the images as far as it takes to know that they come out in one size and that one of them can be read.
    init(paths: [String], preprocessing: Preprocessing, labels: [Int]?) throws(DataSetError) {
        precondition(!paths.isEmpty && labels.map { $0.count == paths.count } ?? true)
        do throws(PreprocessingFault) {
            transform = try PixelTransform(preprocessing, sourceChannels: 3)
        } catch {
            throw DataSetError(what: error.words)
        }
        self.paths = paths
        self.preprocessing = preprocessing
        self.labels = labels
        let extent = try Self.commonExtent(paths, preprocessing)
        shape = [transform.channels, extent.height, extent.width]
    }

    var count: Int { paths.count }

    func read(_ samples: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>) -> [Int] {
        precondition(samples.lowerBound >= 0 && samples.upperBound <= count && buffer.count == samples.count * shape.count)
        guard let output = buffer.baseAddress else { return [] }
        var unreadable: [Int] = []
        for sample in samples {
            let target = output + (sample - samples.lowerBound) * shape.count
            do throws(DataSetError) {
                try read(sample, to: target)
            } catch {
                unreadable.append(sample)
                target.update(repeating: 0, count: shape.count)
            }
        }
        return unreadable
    }

    private func read(_ sample: Int, to target: UnsafeMutablePointer<Float>) throws(DataSetError) {
        let path = paths[sample]
        try ImageFile(path: path).decode { view throws(DataSetError) in
            let resampler = try Self.resampler(for: view, preprocessing, path: path)
            // The file may have been replaced since its size was looked at.
            guard
                preprocessing.final(.init(height: view.height, width: view.width))
                    == .init(height: shape[1], width: shape[2])
            else { throw DataSetError(path: path, what: "has changed its size") }
            resampler.resize(view) { transform.write($0, to: target) }
        }
    }

    private static func resampler(
        for view: PixelView<UInt8>, _ preprocessing: Preprocessing, path: String
    ) throws(DataSetError) -> Resampler {
        do throws(PreprocessingFault) {
            return try preprocessing.resampler(for: .init(height: view.height, width: view.width))
        } catch {
            throw DataSetError(path: path, what: error.words)
        }
    }

    /// The size in which images enter the network, which is the same for all that can be read.
    private static func commonExtent(
        _ paths: [String], _ preprocessing: Preprocessing
    ) throws(DataSetError) -> Preprocessing.Extent {
        var common: (extent: Preprocessing.Extent, path: String)?
        var firstFailure: DataSetError?
        for path in paths {
            let extent: Preprocessing.Extent
            do throws(DataSetError) {
                let image = try ImageFile(path: path)
                extent = preprocessing.final(try image.extent())
                if common == nil {
                    try image.decode { view throws(DataSetError) in
                        _ = try resampler(for: view, preprocessing, path: path)
                    }
                }
            } catch {
                firstFailure = firstFailure ?? error
                continue
            }
            guard let (expected, first) = common else {
                common = (extent, path)
                if preprocessing.makesSizesEqual { break }
                continue
            }
            guard extent == expected else {
                throw DataSetError(
                    path: path,
                    what: "comes out as \(extent.height)×\(extent.width), but \(fileName(of: first)) as "
                        + "\(expected.height)×\(expected.width)",
                    remedy: "give resize and crop in a YAML description (kind: folder)")
            }
        }
        guard let common else {
            throw DataSetError(what: "none of \(paths.count) images can be read: \(firstFailure?.message ?? "")")
        }
        return common.extent
    }
}
