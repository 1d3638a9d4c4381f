/// How well each class is told, and which classes are taken for which others.
public struct ClassTable: Sendable, Hashable {
    /// One class.
    public struct Row: Sendable, Hashable {
        public var label: Int
        public var count: Int
        /// Samples that the original and the configuration name rightly.
        public var original: Int
        public var changed: Int

        /// Samples named rightly that are more than before.
        public var gain: Int { changed - original }
    }

    /// A class taken for another.
    public struct Confusion: Sendable, Hashable {
        public var label: Int
        public var prediction: Int
        /// How often by the original, and by the configuration.
        public var original: Int
        public var changed: Int

        public var growth: Int { changed - original }
    }

    /// Classes that occur, by number.
    public var rows: [Row]
    /// Those that became more frequent, the most grown first.
    public var confusions: [Confusion]
    /// Whether classes are the data's own, rather than what the original says.
    public var isLabelled: Bool
    /// The classes' names in order of their numbers; empty where they are not known.
    public var names: [String]

    /// A class as a person knows it.
    public func name(_ label: Int) -> String { names.indices.contains(label) ? names[label] : String(label) }
}

/// Counts by class what the original and a configuration say of the same samples.
struct ClassTally: Sendable {
    private struct Pair: Hashable {
        var label: Int32
        var prediction: Int32
    }

    private var counts: [Pair: (original: Int, changed: Int)] = [:]

    /// Confusions that are told.
    private static let confusionLimit = 40

    /// Adds samples; the labels are the data's, or what the original says.
    mutating func add(labels: some Collection<Int32>, original: some Collection<Int32>, changed: some Collection<Int32>) {
        precondition(labels.count == original.count && labels.count == changed.count, "\(labels.count) labels of \(changed.count) samples")
        for (label, (before, after)) in zip(labels, zip(original, changed)) {
            counts[Pair(label: label, prediction: before), default: (0, 0)].original += 1
            counts[Pair(label: label, prediction: after), default: (0, 0)].changed += 1
        }
    }

    func table(isLabelled: Bool, names: [String]) -> ClassTable? {
        guard !counts.isEmpty else { return nil }
        var rows: [Int32: ClassTable.Row] = [:]
        var confusions: [ClassTable.Confusion] = []
        for (pair, count) in counts {
            rows[pair.label, default: .init(label: Int(pair.label), count: 0, original: 0, changed: 0)].count += count.original
            if pair.label == pair.prediction {
                rows[pair.label]?.original = count.original
                rows[pair.label]?.changed = count.changed
            } else if count.changed > count.original {
                confusions.append(
                    .init(label: Int(pair.label), prediction: Int(pair.prediction), original: count.original, changed: count.changed))
            }
        }
        confusions.sort { ($1.growth, $0.label, $0.prediction) < ($0.growth, $1.label, $1.prediction) }
        return ClassTable(
            rows: rows.values.sorted { $0.label < $1.label }, confusions: Array(confusions.prefix(Self.confusionLimit)),
            isLabelled: isLabelled, names: names)
    }
}
