/// What is fed into one of a network's inputs.
enum InputRole: Sendable, Hashable {
    /// Samples, or a text's symbols.
    case data
    /// Zeros, or in a text what the output of this index was one run before.
    case state(output: Int)
    /// Zeros: the state a recurrent layer starts from, which no output gives back.
    case start
    /// Seeded random numbers.
    case random
    /// A number that never changes, such as a sampling rate.
    case bound(Int)
}
