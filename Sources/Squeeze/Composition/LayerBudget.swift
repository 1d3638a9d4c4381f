import Basics

/// How much memory layers may take that are worked on at once.
public enum LayerBudget {
    /// Bytes of weights of layers under way; each takes a few times as much. A larger layer is worked on alone.
    public static let underWay = min(256 << 20, Machine.memoryByteCount / 32)

    /// Bytes of entries that are kept until they are written; what is beyond is made again then.
    public static let kept = min(1 << 30, Machine.memoryByteCount / 8)
}
