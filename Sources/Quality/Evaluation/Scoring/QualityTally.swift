/// Adds up what runs of the original network and of a changed one say, round by round.
struct QualityTally: Sendable {
    /// What a run says under both, and which rows of it count.
    struct Result: Sendable {
        var original: RunFacts
        var changed: RunFacts
        var rows: RunRows
        /// A generator's images at equal latents, compared.
        var comparisons: [ImageComparison] = []

        /// Whether an output has as many numbers under both; a carried state may have fewer where units were dropped.
        func comparesOutput(_ index: Int) -> Bool {
            index < original.outputs.count && index < changed.outputs.count
                && original.outputs[index].count == changed.outputs[index].count
        }
    }

    private(set) var samples = 0
    private(set) var skipped = 0
    private let reading: Reading
    private let isLabelled: Bool
    private var classification: ClassificationTally
    private var sequence = SequenceTally()
    private var agreement = AgreementTally()
    /// Fractions of samples' places that agree.
    private var denseAgreement = MeanTally()
    private var signals: [SignalTally]
    private var generation: GenerationTally?
    private var classes = ClassTally()
    private let classNames: [String]
    /// Nil where nobody asks for them.
    private var distances: AnswerDistances?
    /// Nil where they are known.
    private(set) var margins: MarginTally?
    /// Outputs whose extents the configuration changes.
    private var incomparable: Set<Int> = []

    init(
        _ reading: Reading, isLabelled: Bool, examiner: ImageExaminer? = nil, classNames: [String] = [], distances: AnswerDistances? = nil,
        margins: MarginTally? = nil
    ) {
        self.classNames = classNames
        self.distances = distances
        self.margins = margins
        generation = examiner.map(GenerationTally.init)
        self.reading = reading
        self.isLabelled = isLabelled
        classification = ClassificationTally(classCount: reading.classCount)
        signals = Array(repeating: SignalTally(), count: reading.outputs.count)
    }

    /// Adds the runs of a round, in their order; `lanes` as the workload has them.
    mutating func add(_ results: [Result], lanes: Int) {
        for result in results {
            samples += result.rows.rows.count
            incomparable.formUnion(signals.indices.filter { !result.rows.rows.isEmpty && !result.comparesOutput($0) })
            skipped += result.rows.skipped
            margins?.add(result.original, result.rows)
            for index in signals.indices where result.comparesOutput(index) {
                result.original.outputs[index].withUnsafeBufferPointer { before in
                    result.changed.outputs[index].withUnsafeBufferPointer { signals[index].add(original: before, changed: $0) }
                }
            }
            if let dense = reading.dense, result.comparesOutput(0) { addDense(result, dense) }
            if result.comparesOutput(0) { distances?.add(result) }
            if let before = result.original.images, let after = result.changed.images {
                generation?.add(original: before, changed: after, result.comparisons)
            }
            agreement.add(original: result.original.predictions, changed: result.changed.predictions)
            if !reading.isText {
                classification.add(original: result.original.outcomes, changed: result.changed.outcomes)
                addClasses(result)
            }
        }
        if reading.isText, isLabelled { addStreams(results, lanes: max(1, lanes)) }
    }

    private mutating func addDense(_ result: Result, _ dense: DenseClasses) {
        let size = dense.sampleCount
        result.original.outputs[0].withUnsafeBufferPointer { before in
            result.changed.outputs[0].withUnsafeBufferPointer { after in
                for start in stride(from: 0, through: before.count - size, by: size) {
                    let sample = start..<start + size
                    denseAgreement.add(
                        dense.agreement(UnsafeBufferPointer(rebasing: before[sample]), UnsafeBufferPointer(rebasing: after[sample])))
                }
            }
        }
    }

    private mutating func addClasses(_ result: Result) {
        guard isLabelled else {
            // What the original says stands in for labels.
            let before = result.original.predictions
            return classes.add(labels: before, original: before, changed: result.changed.predictions)
        }
        classes.add(
            labels: result.rows.labels.map { Int32($0) }, original: result.original.outcomes.map(\.prediction),
            changed: result.changed.outcomes.map(\.prediction))
    }

    /// Adds each stream's part of the round as one piece of text.
    private mutating func addStreams(_ results: [Result], lanes: Int) {
        for lane in 0..<lanes {
            let runs = stride(from: lane, to: results.count, by: lanes).map { results[$0] }.filter { !$0.rows.rows.isEmpty }
            for stream in 0..<(runs.first?.rows.streams.count ?? 0) {
                var before: [SampleOutcome] = []
                var after: [SampleOutcome] = []
                for run in runs where stream < run.rows.streams.count {
                    let start = run.rows.streams[..<stream].reduce(0, +)
                    let range = start..<start + run.rows.streams[stream]
                    before += run.original.outcomes[range]
                    after += run.changed.outcomes[range]
                }
                if !before.isEmpty { sequence.add(original: before, changed: after) }
            }
        }
    }

    /// All figures so far, the one for the header first.
    func report(outputNames: [String], total: Int) -> QualityReport {
        var figures: [QualityFigure] = []
        if isLabelled {
            let (headline, others) = reading.isText ? sequence.report() : classification.report()
            figures = [headline] + others
        } else if reading.isClassifying {
            figures = [agreement.report().headline]
        } else if denseAgreement.count > 0 {
            figures = [
                QualityFigure(
                    metric: .agreement, original: nil, value: denseAgreement.mean,
                    interval: denseAgreement.interval.map { max(0, $0.lowerBound)...min(1, $0.upperBound) })
            ]
        }
        let generated = generation?.report(isComplete: samples + skipped >= total)
        figures += generated?.figures ?? []
        if let signal = signals.first { figures.append(signal.figure) }
        let outputs = signals.indices.filter { !incomparable.contains($0) }.map {
            QualityReport.Output(name: outputNames[$0], signalToNoise: signals[$0].decibels)
        }
        var report = QualityReport(
            headline: figures[0], others: Array(figures.dropFirst()), outputs: outputs, critic: generated?.note,
            classes: classes.table(isLabelled: isLabelled, names: classNames), samples: samples, total: total,
            skipped: skipped)
        report.distances = distances?.all ?? []
        return report
    }
}
