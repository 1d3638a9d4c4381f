import Basics
import Compression
import Evaluation
import FoundationEssentials
import NeuralNetwork
import Search
import Synchronization

/// What a search has measured, written to a file after each measurement.
///
/// Nothing in a search is left to chance. One that was killed goes the same way again, is told what it measured before, and finds what it would
/// have found.
public final class SearchJournal: Sendable {
    /// A configuration that was measured.
    struct Entry: Codable, Sendable {
        /// Of weights that were fitted: the bytes of the file, and multiply-accumulates.
        var made: Made?
        fileprivate var report: KeptReport

        struct Made: Codable, Sendable { let byteCount, macs: Int }
    }

    private struct Content: Codable {
        static let kind = "search by pare, 1"
        var kind = Content.kind
        /// Tells searches apart.
        var search: String
        var entries: [String: Entry] = [:]
    }

    /// A file that is none of this search.
    public struct Failure: ExplainedError {
        public let message: String
    }

    private let path: String
    private let content: Mutex<Content>

    /// Opens the journal of a search that `search` tells from all others. With `resumes` what is there is believed, where there is a file;
    /// otherwise it is written over.
    public init(_ path: String, of search: String, resumes: Bool) throws(Failure) {
        self.path = path
        var known = Content(search: search)
        if resumes, FileManager.default.fileExists(atPath: path) {
            known = try Self.read(path)
            guard known.search == search else {
                throw Failure(message: "\(path) is the checkpoint of another search: leave out --resume to begin anew, or name another file")
            }
        }
        content = Mutex(known)
        // Whoever cannot write it should know before hours have gone by.
        try write(known)
    }

    private static func read(_ path: String) throws(Failure) -> Content {
        let bytes: [UInt8]
        do throws(MappedFile.Failure) { bytes = try MappedFile(path: path).withUnsafeBytes { Array($0) } } catch {
            throw Failure(message: "\(path) cannot be read: \(error)")
        }
        guard let content = try? JSONDecoder.ofJournals.decode(Content.self, from: Data(bytes)), content.kind == Content.kind,
            content.entries.values.allSatisfy(\.report.isSound)
        else { throw Failure(message: "\(path) is no checkpoint of a search: leave out --resume to begin anew") }
        return content
    }

    private func write(_ content: Content) throws(Failure) {
        do {
            try AtomicFile.write(Array(JSONEncoder.ofJournals.encode(content)), to: path)
        } catch {
            throw Failure(message: "the checkpoint \(path) cannot be written: \(error)")
        }
    }

    /// What is known of plans on some samples.
    func entry(_ key: String) -> Entry? { content.withLock { $0.entries[key] } }

    /// Notes what was measured.
    func note(_ report: QualityReport, made: Entry.Made? = nil, as key: String) throws(Failure) {
        let noted = content.withLock { content in
            content.entries[key] = Entry(made: made, report: KeptReport(report))
            return content
        }
        try write(noted)
    }

    /// What plans of a model are noted as.
    static func key(_ plans: [LayerPlan], of model: Model, on samples: TrialSamples, isFitted: Bool) throws -> String {
        var digest = SHA256()
        digest.update(Array(try recipeText(of: plans, for: model).utf8))
        return "\(isFitted ? "fitted" : "plain") \(samples) \(digest.hexDigest())"
    }
}

extension SearchJournal.Entry {
    /// What was measured, as far as searches look at it.
    var outcome: QualityReport { report.report }
}

/// A report as it is kept.
private struct KeptReport: Codable, Sendable {
    private struct Figure: Codable {
        let metric: String
        let original: Double?
        let value: Double
    }

    /// The headline first.
    private let figures: [Figure]
    private let samples, total, skipped: Int
    /// The distances' patterns, eight bytes each.
    private let distances: Data

    init(_ report: QualityReport) {
        figures = ([report.headline] + report.others).map { Figure(metric: $0.metric.rawValue, original: $0.original, value: $0.value) }
        (samples, total, skipped) = (report.samples, report.total, report.skipped)
        distances = report.distances.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
    }

    /// Whether it can be one that was written.
    var isSound: Bool {
        !figures.isEmpty && figures.allSatisfy { Metric(rawValue: $0.metric) != nil } && distances.count % 8 == 0
            && total >= 0 && samples >= 0 && skipped >= 0 && samples <= total - skipped
    }

    /// What was measured; of a sound one.
    var report: QualityReport {
        let known = figures.compactMap { figure in
            Metric(rawValue: figure.metric).map { QualityFigure(metric: $0, original: figure.original, value: figure.value) }
        }
        var report = QualityReport(headline: known[0], others: Array(known.dropFirst()), samples: samples, total: total, skipped: skipped)
        report.distances = distances.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))) }
        }
        return report
    }
}

extension JSONEncoder {
    fileprivate static var ofJournals: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        encoder.outputFormatting = .sortedKeys
        return encoder
    }
}

extension JSONDecoder {
    fileprivate static var ofJournals: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
