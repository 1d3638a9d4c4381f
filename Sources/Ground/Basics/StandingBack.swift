/// Whether the work of a thread stands back behind what a hand waits for.
public enum StandingBack {
    /// Whether the calling thread does.
    @TaskLocal public static var isCurrent = false
}
