import Glibc

/// Looks at how clearly the original network answers, sample by sample.
struct MarginTally: Sendable {
    private enum Form {
        /// Which class has the largest of so many scores.
        case classes(Int)
        /// The same at each place of a sample.
        case dense(DenseClasses)
        case numbers
    }

    private let form: Form
    private let reading: Reading
    private let isLabelled: Bool
    /// Every so many answer is looked at.
    private let stride: Int
    private var seen = 0
    private var margins = Margins()
    /// Of numbers.
    private var count = 0.0
    private var sum = 0.0
    private var squares = 0.0

    /// Answers that say enough.
    private static let enough = 1_024

    /// For so many samples that are to come.
    init(_ reading: Reading, isLabelled: Bool, samples: Int) {
        (self.reading, self.isLabelled) = (reading, isLabelled)
        var answers = samples
        if reading.isClassifying {
            form = .classes(reading.classCount)
        } else if let dense = reading.dense {
            form = .dense(dense)
            answers *= dense.outer * dense.inner
        } else {
            form = .numbers
        }
        stride = max(1, (answers + Self.enough - 1) / Self.enough)
    }

    /// Adds what the original says in a run.
    mutating func add(_ facts: RunFacts, _ rows: RunRows) {
        guard let outputs = facts.outputs.first, !outputs.isEmpty else { return }
        outputs.withUnsafeBufferPointer { outputs in
            switch form {
            case .classes(let classes):
                for row in 0..<outputs.count / classes where isTaken() {
                    let label = isLabelled && rows.labels.indices.contains(row) ? rows.labels[row] : nil
                    margins.add((0..<classes).map { outputs[row * classes + $0] }, label: label)
                }
            case .dense(let dense):
                let places = dense.outer * dense.inner
                for place in 0..<outputs.count / dense.classes where isTaken() {
                    let (sample, within) = (place / places, place % places)
                    let start = sample * dense.sampleCount + within / dense.inner * dense.classes * dense.inner + within % dense.inner
                    margins.add((0..<dense.classes).map { outputs[start + $0 * dense.inner] }, label: nil)
                }
            case .numbers:
                for value in outputs where value.isFinite {
                    count += 1
                    sum += Double(value)
                    squares += Double(value) * Double(value)
                }
            }
        }
    }

    private mutating func isTaken() -> Bool {
        defer { seen += 1 }
        return seen % stride == 0
    }

    /// The table, once all samples were added; nil where nothing can be told.
    func table(_ headline: QualityFigure, samples: Int) -> MarginTable? {
        let losses = MarginTable.losses
        if case .numbers = form {
            let variance = squares / max(1, count) - (sum / max(1, count)) * (sum / max(1, count))
            guard count > 0, variance > 0 else { return nil }
            let power = squares / count
            return MarginTable(
                .signalToNoise, original: .infinity, samples: samples, values: losses.map { 10 * log10(power / (2 * variance * $0)) },
                spreads: losses.map { _ in 0 })
        }
        let original = headline.original ?? 1
        switch headline.metric {
        case .topOne, .agreement:
            guard let curve = margins.keeping(losses: losses) else { return nil }
            return MarginTable(
                headline.metric, original: original, samples: samples, values: curve.map { original + $0.change },
                spreads: curve.map { ($0.variance / Double(max(1, samples))).squareRoot() })
        case .bitsPerCharacter:
            // Of a loss in nats an answer's own part scatters by the square root of twice of it.
            return MarginTable(
                .bitsPerCharacter, original: original, samples: samples, values: losses.map { original + $0 / M_LN2 },
                spreads: losses.map { (2 * $0 / Double(max(1, samples))).squareRoot() / M_LN2 })
        default: return nil
        }
    }
}
