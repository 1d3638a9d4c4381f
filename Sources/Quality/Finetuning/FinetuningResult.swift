/// What fine-tuning came to.
public struct FinetuningResult: Sendable {
    public var tuned: FinetunedModel
    /// On held-out data: the model as it was opened, under the recipe alone, and fine-tuned as it is stored.
    public var original: FinetuningQuality
    public var oneShot: FinetuningQuality
    public var final: FinetuningQuality
    public var epochs: [FinetuningEpoch]
    public var outcome: FinetuningOutcome
    /// Why there is no checkpoint to continue from, in one line; nil where there is, or none was wanted.
    public var checkpointFailure: String?
}
