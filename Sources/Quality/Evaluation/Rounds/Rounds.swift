/// In which portions the runs are done: few samples at first, then four times as many each time.
enum Rounds {
    /// The numbers of runs after which a report is made, rising; the last is all.
    static func ends(_ workload: some Workload, isSlow: Bool, workers: Int) -> [Int] {
        guard workload.runCount > 0 else { return [] }
        var ends: [Int] = []
        var samples = isSlow ? 16 : 64
        while ends.last ?? 0 < workload.runCount {
            let runs = max(1, (samples + workload.samplesPerRun - 1) / workload.samplesPerRun)
            // Whole rows of workers, so that none waits for the others.
            let rounded = (runs + workers - 1) / workers * workers
            let end = min(workload.runCount, workload.leadingRuns + rounded)
            if end > ends.last ?? 0 { ends.append(end) }
            samples *= 4
        }
        return ends
    }
}
