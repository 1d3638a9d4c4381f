/// A model that was opened, told from every other and from itself opened again: what crosses between the state and the
/// background belongs to one. Only a session makes it, and the state has it from its `Workspace` alone.
public struct OpenModel: Sendable, Hashable {
    /// Where the background works on it; the state never looks inside.
    let bench: Workbench

    init(_ bench: Workbench) { self.bench = bench }

    public static func == (left: OpenModel, right: OpenModel) -> Bool { left.bench === right.bench }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(bench)) }
}
