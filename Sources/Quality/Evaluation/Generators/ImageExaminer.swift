import Basics
import Datasets
import ImageMetrics
import Synchronization
import TensorCore

/// Looks at a generator's images on the threads that make them.
final class ImageExaminer: Sendable {
    let form: GeneratorForm
    let classifier: ImageClassifier
    let real: RealImages?
    private let crew: Crew
    /// What distances from the original's images need, of the numbers of samples that were measured.
    private let known = Mutex<[Key: OriginalImages]>([:])
    private let scaler: ImageScaler
    private let similarity: StructuralSimilarity?

    /// The real images' features, with what distances from them need.
    struct RealImages: Sendable {
        var name: String
        var features: FeatureSet
        var reference: FrechetReference
        var manifold: SampleManifold
    }

    /// The original's side of all comparisons: the same for every configuration.
    struct OriginalImages: Sendable {
        /// Of all samples, then without each group of a jackknife.
        var references: [FrechetReference]
        var manifold: SampleManifold
        /// Nil without real images.
        var toReal: ToReal?
    }

    /// How far the original's images are from real ones.
    struct ToReal: Sendable {
        /// Of all samples, then without each group of a jackknife.
        var distances: [Double]
        var precision: Double
        var recall: Double
    }

    private struct Key: Hashable {
        var count: Int
        var tellsError: Bool
    }

    /// Real images that are looked at.
    private static let realLimit = 10_000

    var dynamicRange: Double { Double(form.values.upperBound - form.values.lowerBound) }

    init(_ form: GeneratorForm, _ critic: ImageCritic, crew: Crew, seed: UInt64) throws(EvaluationError) {
        self.form = form
        self.crew = crew
        let classifier = try ImageClassifier(critic.classifier, features: critic.features, threads: crew.count)
        self.classifier = classifier
        scaler = ImageScaler(from: form.image, to: classifier.shape, values: form.values, becoming: critic.values)
        similarity = StructuralSimilarity(
            shape: form.image, dynamicRange: Double(form.values.upperBound - form.values.lowerBound))
        real = try critic.real.map { data throws(EvaluationError) in
            try Self.look(at: data, classifier, values: critic.values, crew: crew, seed: seed)
        }
    }

    func look(at images: [Float], worker: Int) throws(EvaluationError) -> ImageFacts {
        try classifier.look(at: images, scaler: scaler, worker: worker)
    }

    /// Works the original's side out, or takes what is known of so many samples: they are the same each time.
    func original(_ features: FeatureSet, manifoldLimit: Int, estimatesError: Bool) -> OriginalImages {
        let key = Key(count: features.count, tellsError: estimatesError)
        if let found = known.withLock({ $0[key] }) { return found }
        let moments = FrechetEstimate.moments(of: features, estimatesError: estimatesError)
        let kept = features.prefix(manifoldLimit)
        let manifold = SampleManifold(kept)
        let found = OriginalImages(
            references: spread(moments.count) { FrechetReference(moments[$0]) }, manifold: manifold,
            toReal: real.map { real in
                ToReal(
                    distances: spread(moments.count) { real.reference.distance(to: moments[$0]) },
                    precision: real.manifold.coverage(of: kept), recall: manifold.coverage(of: real.features.prefix(manifoldLimit)))
            })
        known.withLock { $0[key] = found }
        return found
    }

    /// Calls `make` for 0..<count on all threads.
    func spread<Result: Sendable>(_ count: Int, _ make: @escaping @Sendable (Int) -> Result) -> [Result] {
        let results = Mutex<[Int: Result]>([:])
        let next = Atomic<Int>(0)
        // Nothing of it throws.
        try? crew.perform { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { break }
                let result = make(index)
                results.withLock { $0[index] = result }
            }
        }
        return results.withLock { found in (0..<count).compactMap { found[$0] } }
    }

    /// Compares images of the same latents, one after the other.
    func compare(_ original: [Float], _ changed: [Float]) -> [ImageComparison] {
        let size = form.image.count
        precondition(original.count == changed.count, "\(original.count) and \(changed.count) values")
        return original.withUnsafeBufferPointer { original in
            changed.withUnsafeBufferPointer { changed in
                stride(from: 0, to: original.count - size + 1, by: size).map { start in
                    let before = UnsafeBufferPointer(rebasing: original[start..<start + size])
                    let after = UnsafeBufferPointer(rebasing: changed[start..<start + size])
                    return ImageComparison(
                        similarity: similarity?.similarity(before, after), squaredError: PeakSignal.squaredError(before, after))
                }
            }
        }
    }

    /// Shows real images to the classifier, shuffled by the seed.
    private static func look(
        at data: DataSet, _ classifier: ImageClassifier, values: ClosedRange<Float>, crew: Crew, seed: UInt64
    ) throws(EvaluationError) -> RealImages {
        guard case .samples(let source) = data.content, let shape = ImageShape(ofSample: source.shape) else {
            throw EvaluationError("\(data.name) holds no images to compare the generator's with")
        }
        var random = SeededRandom(seed: seed)
        let order = Array(0..<source.count).shuffled(using: &random).prefix(realLimit)
        guard order.count > classifier.dimension else {
            throw EvaluationError("\(data.name) holds \(order.count) images: more than \(classifier.dimension) are needed")
        }
        // What the classifier takes is what its data sets hold, so the values stay.
        let scaler = ImageScaler(from: shape, to: classifier.shape, values: values, becoming: values)
        let portion = 256
        let found = Mutex<[Int: [Float]]>([:])
        let next = Atomic<Int>(0)
        do {
            try crew.perform { worker in
                while true {
                    let start = next.wrappingAdd(portion, ordering: .relaxed).oldValue
                    guard start < order.count else { break }
                    var images: [Float] = []
                    var image = [Float](repeating: 0, count: shape.count)
                    for sample in order[start..<min(order.count, start + portion)] {
                        let failed = image.withUnsafeMutableBufferPointer { source.read(sample..<sample + 1, into: $0) }
                        if failed.isEmpty { images += image }
                    }
                    let facts = try classifier.look(at: images, scaler: scaler, worker: worker)
                    found.withLock { $0[start] = facts.features }
                }
            }
        } catch let error as EvaluationError {
            throw error
        } catch {
            throw EvaluationError("\(error)")
        }
        let portions = found.withLock { $0 }
        let features = FeatureSet(dimension: classifier.dimension, values: portions.keys.sorted().flatMap { portions[$0] ?? [] })
        guard features.count > 0 else { throw EvaluationError("none of the images of \(data.name) could be read") }
        return RealImages(
            name: data.name, features: features, reference: FrechetReference(FeatureMoments(of: features)),
            manifold: SampleManifold(features))
    }
}

/// How alike two images are.
struct ImageComparison: Sendable {
    /// Nil of images smaller than the window.
    var similarity: Double?
    var squaredError: Double
}

extension ImageShape {
    /// A data set's sample as an image; nil where it is none.
    init?(ofSample shape: Shape) {
        switch shape.rank {
        case 3 where [1, 3].contains(shape[0]): self.init(channels: shape[0], height: shape[1], width: shape[2])
        case 2: self.init(channels: 1, height: shape[0], width: shape[1])
        default: return nil
        }
    }
}
