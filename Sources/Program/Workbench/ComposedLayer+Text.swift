import Composition

extension ComposedLayer {
    /// The ranks as they are written: `96·48` (out, in), one number for a matrix; nil where the layer is whole.
    public var rankText: String? {
        ranks.map { layout?.isMatrix == true ? String($0.out) : "\($0.out)·\($0.in)" }
    }
}
