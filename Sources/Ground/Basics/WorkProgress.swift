/// How far a long piece of work has come, in the bytes of model files that it goes over.
public struct WorkProgress: Sendable, Hashable {
    public var doneByteCount: Int
    public var byteCount: Int
    /// Layers or tensors that are done, and all of them.
    public var doneCount: Int
    public var count: Int

    public init(doneByteCount: Int = 0, byteCount: Int, doneCount: Int = 0, count: Int) {
        self.doneByteCount = doneByteCount
        self.byteCount = byteCount
        self.doneCount = doneCount
        self.count = count
    }

    /// 0…1; 1 of no work at all.
    public var fraction: Double { byteCount == 0 ? 1 : min(1, Double(doneByteCount) / Double(byteCount)) }
}

/// Gets how far work has come, in rising order.
public typealias ProgressSink = (WorkProgress) -> Void
