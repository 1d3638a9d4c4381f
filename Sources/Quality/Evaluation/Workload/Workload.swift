import Execution

/// What a network is run on: a number of runs, each with its inputs and the rows of its output that count.
protocol Workload: Sendable {
    /// Samples (predicted symbols of a text) in all runs.
    var sampleCount: Int { get }
    var runCount: Int { get }
    /// Samples a run yields at most; the first runs may yield none.
    var samplesPerRun: Int { get }
    /// Runs before those that yield samples.
    var leadingRuns: Int { get }
    /// Sequences of runs that must follow each other in order, since each continues its predecessor's state: run r belongs
    /// to lane r mod lanes. 0 where runs are independent.
    var lanes: Int { get }

    /// Writes the inputs of a run, but for carried states.
    func load(_ run: Int, into instance: Instance)
    /// The rows of the output that a run yields.
    func rows(_ run: Int) -> RunRows
    /// Whether states begin with zeros before this run, by sequence in the batch; empty for none.
    func resets(_ run: Int) -> Range<Int>
}

/// The rows of an output that are samples, with their labels.
struct RunRows: Sendable {
    var rows: [Int] = []
    /// The right class of each row; empty without labels.
    var labels: [Int] = []
    /// Rows of each stream of a text, which follow each other there; empty where rows are independent.
    var streams: [Int] = []
    /// Samples that could not be read.
    var skipped = 0
}

extension Workload {
    var lanes: Int { 0 }
    var leadingRuns: Int { 0 }
    func resets(_ run: Int) -> Range<Int> { 0..<0 }
}
