/// In how many bits the numbers beside a layer are kept: its bias, the norm behind it, tables and constants up to the next layer.
///
/// Norms are folded first: mean and variance into scale and shift, and so is a bias that only a norm reads.
public struct RestRule: Sendable, Hashable {
    /// 4…24, or 32, which rounds nothing.
    public var bits: Int

    public init(bits: Int) {
        precondition(Self.widths.contains(bits) || bits == 32, "numbers of \(bits) bits")
        self.bits = bits
    }

    /// Bits that round.
    public static let widths = 4...24

    /// Whether numbers are rounded, not only folded.
    public var rounds: Bool { bits < 32 }
}
