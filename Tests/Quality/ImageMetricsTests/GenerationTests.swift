import Foundation
import Testing

@testable import ImageMetrics

/// Numbers by name, written by Tests/Generators/make_image_metrics.py.
struct Goldens {
    private var rows: [String: [Double]] = [:]

    init() throws {
        let url = try #require(Bundle.module.url(forResource: "Goldens/generation", withExtension: "tsv"))
        for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "\t")
            rows[String(parts[0])] = parts[1].split(separator: " ").compactMap { Double($0) }
        }
    }

    subscript(name: String) -> [Double] {
        get throws { try #require(rows[name]) }
    }

    func features(_ name: String) throws -> FeatureSet { FeatureSet(dimension: 6, values: try self[name].map(Float.init)) }
}

@Suite("Quality of generated samples")
struct GenerationTests {
    /// The distance of two sets of the same latents.
    private func estimate(_ first: FeatureSet, _ second: FeatureSet) -> FrechetEstimate {
        FrechetEstimate(
            zip(FrechetEstimate.moments(of: first), FrechetEstimate.moments(of: second)).map { FrechetReference($0).distance(to: $1) })
    }

    private func close(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-7) -> Bool {
        guard let value else { return false }
        return abs(value - expected) <= tolerance * max(1, abs(expected))
    }

    @Test("The Fréchet distance, its bias and its error are those of scipy's matrix square root")
    func frechet() throws {
        let goldens = try Goldens()
        let estimate = estimate(try goldens.features("first"), try goldens.features("second"))
        let expected = try goldens["frechet"]
        #expect(close(estimate.distance, expected[0]))
        #expect(close(estimate.bias, expected[1]))
        #expect(close(estimate.standardError, expected[2]))
    }

    @Test("Distances from real samples, and how much farther the changed ones are")
    func real() throws {
        let goldens = try Goldens()
        let reference = FrechetReference(FeatureMoments(of: try goldens.features("real")))
        let (first, second) = (try goldens.features("first"), try goldens.features("second"))
        let after = FrechetEstimate.moments(of: second).map { reference.distance(to: $0) }
        let before = FrechetEstimate.moments(of: first).map { reference.distance(to: $0) }
        let estimate = FrechetEstimate(after)
        let expected = try goldens["frechet to real"]
        #expect(close(estimate.distance, expected[0]) && close(estimate.bias, expected[1]) && close(estimate.standardError, expected[2]))
        let difference = FrechetEstimate(zip(after, before).map { $0 - $1 })
        let gap = try goldens["difference to real"]
        #expect(close(difference.distance, gap[0]) && close(difference.bias, gap[1]) && close(difference.standardError, gap[2]))
    }

    @Test("A covariance without full rank is no obstacle")
    func flat() throws {
        let goldens = try Goldens()
        let reference = FrechetReference(FeatureMoments(of: try goldens.features("first")))
        let distance = reference.distance(to: FeatureMoments(of: try goldens.features("flat")))
        #expect(close(distance, try goldens["frechet of flat"][0], 1e-5))
    }

    @Test("Equal samples are at distance 0; features that are no numbers are infinitely far")
    func extremes() throws {
        let first = try Goldens().features("first")
        #expect(estimate(first, first).distance < 1e-9)
        var values = first.values
        values[3] = .nan
        let broken = FeatureSet(dimension: 6, values: values)
        #expect(estimate(first, broken).distance == .infinity)
        #expect(estimate(broken, first).standardError == nil)
        // Ten samples of six features say nothing of the error.
        #expect(estimate(first.prefix(10), first.prefix(10)).standardError == nil)
    }

    @Test("Moments of parts, merged, are those of the whole")
    func merging() throws {
        let first = try Goldens().features("first")
        var merged = FeatureMoments(of: first, samples: 0..<13)
        merged.merge(FeatureMoments(of: first, samples: 13..<80))
        let whole = FeatureMoments(of: first)
        #expect(merged.count == 80)
        #expect(zip(merged.covariance, whole.covariance).allSatisfy { close($0, $1, 1e-12) })
    }

    @Test("Precision and recall count who lies in a ball up to the third neighbour")
    func manifolds() throws {
        let goldens = try Goldens()
        let (real, second) = (try goldens.features("real"), try goldens.features("second"))
        let expected = try goldens["precision recall"]
        #expect(close(SampleManifold(real).coverage(of: second), expected[0]))
        #expect(close(SampleManifold(second).coverage(of: real), expected[1]))
        #expect(SampleManifold(real).coverage(of: real) == 1)
    }

    @Test(
        "SSIM and PSNR are scikit-image's",
        arguments: [("grey", ImageShape(channels: 1, height: 14, width: 13), 2.0), ("color", ImageShape(channels: 3, height: 12, width: 15), 1.0)])
    func similarity(_ name: String, _ shape: ImageShape, _ dynamicRange: Double) throws {
        let goldens = try Goldens()
        let values = try goldens[name].map(Float.init)
        let expected = try goldens["ssim psnr of \(name)"]
        let measure = try #require(StructuralSimilarity(shape: shape, dynamicRange: dynamicRange))
        values.withUnsafeBufferPointer { values in
            let first = UnsafeBufferPointer(rebasing: values[..<shape.count])
            let second = UnsafeBufferPointer(rebasing: values[shape.count...])
            #expect(close(measure.similarity(first, second), expected[0]))
            #expect(close(measure.similarity(first, first), 1))
            let error = PeakSignal.squaredError(first, second)
            #expect(close(PeakSignal.decibels(squaredError: error, dynamicRange: dynamicRange), expected[1]))
        }
    }

    @Test("An image smaller than the window has no structural similarity")
    func small() { #expect(StructuralSimilarity(shape: ImageShape(channels: 1, height: 28, width: 10), dynamicRange: 1) == nil) }

    @Test("Images are brought to another range, size and number of channels")
    func scaling() {
        func scaled(_ image: [Float], _ scaler: ImageScaler) -> [Float] {
            var result = [Float](repeating: .nan, count: scaler.target.count)
            image.withUnsafeBufferPointer { image in result.withUnsafeMutableBufferPointer { scaler.scale(image, into: $0) } }
            return result
        }
        let two = ImageShape(channels: 1, height: 2, width: 2)
        #expect(scaled([-1, 0, 1, 0.5], ImageScaler(from: two, to: two, values: -1...1)) == [0, 0.5, 1, 0.75])
        let colors = ImageShape(channels: 3, height: 1, width: 1)
        let grey = ImageShape(channels: 1, height: 1, width: 1)
        #expect(scaled([0.25], ImageScaler(from: grey, to: colors)) == [0.25, 0.25, 0.25])
        #expect(abs(scaled([0, 0.3, 0.6], ImageScaler(from: colors, to: grey))[0] - 0.3) < 1e-6)
        // Halving weighs four pixels an axis by 1/8, 3/8, 3/8, 1/8, cut off at the edge; a flat image stays flat.
        let row = ImageShape(channels: 1, height: 1, width: 4)
        let half = scaled([1, 0, 0, 0], ImageScaler(from: row, to: ImageShape(channels: 1, height: 1, width: 2)))
        #expect(abs(half[0] - 3.0 / 7) < 1e-6 && abs(half[1]) < 0.2)
        let flat = scaled([0.4, 0.4, 0.4, 0.4], ImageScaler(from: row, to: ImageShape(channels: 1, height: 3, width: 7)))
        #expect(flat.allSatisfy { abs($0 - 0.4) < 1e-6 })
    }
}
