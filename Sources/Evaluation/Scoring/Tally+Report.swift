import Glibc

extension Tally {
    /// All figures so far, the one for the header first.
    func report(_ reading: Reading, isLabelled: Bool, outputNames: [String], total: Int) -> QualityReport {
        var figures: [QualityFigure] = []
        if reading.isText && isLabelled {
            figures = [bits(.bitsPerCharacter), perplexity, proportion(.topOne, topOne)]
        } else if reading.isClassifying && isLabelled {
            figures = [proportion(.topOne, topOne)]
            if reading.classCount > 5 { figures.append(proportion(.topFive, topFive)) }
            figures.append(bits(.crossEntropy))
        }
        if reading.isClassifying {
            figures.append(
                QualityFigure(
                    metric: .agreement, original: nil, value: samples > 0 ? Double(agreeing) / Double(samples) : 1,
                    interval: Interval.proportion(agreeing, of: samples)))
        }
        figures.append(QualityFigure(metric: .signalToNoise, original: nil, value: signalToNoise(0)))
        let outputs = outputNames.enumerated().map { QualityReport.Output(name: $1, signalToNoise: signalToNoise($0)) }
        return QualityReport(
            headline: figures[0], others: Array(figures.dropFirst()), outputs: outputs, samples: samples, total: total,
            skipped: skipped)
    }

    private func proportion(_ metric: Metric, _ pairs: Pairs) -> QualityFigure {
        let count = Double(max(1, samples))
        let successes = pairs.both + pairs.changedOnly
        return QualityFigure(
            metric: metric, original: Double(pairs.both + pairs.originalOnly) / count, value: Double(successes) / count,
            interval: Interval.proportion(successes, of: samples), differenceInterval: Interval.difference(pairs))
    }

    /// A mean loss, in bits or in nats.
    private func bits(_ metric: Metric) -> QualityFigure {
        let unit = metric == .bitsPerCharacter ? 1 / M_LN2 : 1
        let value = changedLoss.value(samples) * unit
        let difference = lossDifference.value(samples) * unit
        return QualityFigure(
            metric: metric, original: originalLoss.value(samples) * unit, value: value,
            interval: Interval.mean(value, margin: changedLoss.margin(samples).map { $0 * unit }),
            differenceInterval: Interval.mean(difference, margin: lossDifference.margin(samples).map { $0 * unit }))
    }

    private var perplexity: QualityFigure {
        let figure = bits(.crossEntropy)
        let interval = figure.interval.map { exp($0.lowerBound)...exp($0.upperBound) }
        return QualityFigure(
            metric: .perplexity, original: figure.original.map { exp($0) }, value: exp(figure.value), interval: interval)
    }
}
