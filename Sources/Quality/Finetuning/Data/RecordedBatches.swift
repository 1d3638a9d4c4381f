import Training

/// Batches that are compared with outputs which were recorded of them.
struct RecordedBatches: Batches {
    let batches: any Batches
    /// The outputs of each batch.
    let outputs: [[Float]]

    var batchCount: Int { batches.batchCount }
    var batchSize: Int { batches.batchSize }
    var isLabelled: Bool { false }

    func read(
        batch: Int, epoch: Int, into inputs: [String: UnsafeMutableRawBufferPointer]
    ) throws(TrainingError) -> BatchTargets {
        let targets = try batches.read(batch: batch, epoch: epoch, into: inputs)
        return BatchTargets(values: outputs[batch], valid: targets.valid)
    }
}
