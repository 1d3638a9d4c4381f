/// A kernel stack in the bases of its higher-order singular value decomposition, each group after the other.
struct RotatedKernel: Sendable {
    /// groups × rank × out: row k is the unit vector of rank k. Of a matrix: times the root of singular value k.
    var out: [Float]
    /// groups × rank × in: likewise.
    var `in`: [Float]
    /// groups × out × in × window: output vectors · kernel · input vectors. Of a matrix: empty, it would be diagonal.
    var core: [Float]
}
