/// What is fed into one of a network's inputs.
public enum InputRole: Sendable, Hashable {
    /// Samples, or a text's symbols.
    case data
    /// Zeros, or in a text what the output of this index was one run before.
    case state(output: Int)
    /// Zeros: the state a recurrent layer starts from, which no output gives back, or a mask of what is left out.
    case start
    /// Ones: a mask of what counts.
    case ones
    /// Seeded random numbers, or whole ones below the extent of the table that they look up.
    case random
    /// A number that never changes, such as a sampling rate.
    case bound(Int)
}
