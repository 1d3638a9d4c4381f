import Basics
import Datasets
import NeuralNetwork
import Recipes
import TensorCore

extension LearningRecord {
    /// Samples whose numbers go into the digest, of a text windows.
    private static let digested = 16

    /// What is noted of the samples that a draw takes of data.
    public init(of data: DataSet, _ draw: SampleDraw) {
        self.init(
            data: data.name, taken: min(draw.count, data.drawableCount), of: data.drawableCount, seed: draw.seed,
            sha256: Self.digest(of: data, draw))
    }

    /// The same of samples that a model is trained on.
    public init(of data: DataSet, _ draw: SampleDraw, training original: Model) throws(UnreadableTensor) {
        self.init(of: data, draw)
        self.original = try Self.digest(of: original)
    }

    /// What the draw was, where `data` is what it was taken from.
    public func draw(from data: DataSet) -> SampleDraw? {
        let draw = SampleDraw(taken, seed: seed)
        guard let sha256, data.drawableCount == of, Self.digest(of: data, draw) == sha256 else { return nil }
        return draw
    }

    /// Of the first samples that are taken, as they are fed to a network.
    private static func digest(of data: DataSet, _ draw: SampleDraw) -> String {
        var digest = SHA256()
        switch data.drawn(0..<min(draw.count, digested), seed: draw.seed).content {
        case .samples(let source):
            let numbers = [Float](unsafeUninitializedCapacity: source.count * source.shape.count) { buffer, count in
                buffer.initialize(repeating: 0)
                _ = source.read(0..<source.count, into: buffer)
                count = buffer.count
            }
            numbers.withUnsafeBytes { digest.update($0) }
        case .text(let text): text.tokens.withUnsafeBytes { digest.update($0) }
        }
        return digest.hexDigest()
    }

    /// Of all that a model stores: names, and elements as they are stored.
    public static func digest(of model: Model) throws(UnreadableTensor) -> String {
        var digest = SHA256()
        for stored in model.tensors {
            digest.update(Array(stored.name.utf8))
            try stored.tensor.read().storage.withUnsafeBytes { digest.update($0) }
        }
        return digest.hexDigest()
    }
}
