import Compression
import Recipes

/// Undo and redo of plans: one entry a deliberate change, one for a whole drag.
public struct History: Sendable {
    /// What one deliberate change did to the plans.
    public struct Entry: Sendable, Hashable {
        /// What was done, for the status line: `prune inception_3a/3x3`.
        public var title: String
        public var before: [Int: LayerPlan]
        public var after: [Int: LayerPlan]
        /// Where the change came with its own fit, or without the one that was asked for.
        public var fit: Fit?

        /// The same the other way.
        fileprivate var reversed: Entry {
            Entry(title: "undo of \(title)", before: after, after: before, fit: fit.map { Fit(before: $0.after, after: $0.before) })
        }
    }

    /// How what is left was, and is, to be fitted.
    public struct Fit: Sendable, Hashable {
        public var before: ReconstructRule?
        public var after: ReconstructRule?
    }

    private var done: [Entry] = []
    private var undone: [Entry] = []
    private var openDrag: Entry?

    public init() {}

    public var canUndo: Bool { !done.isEmpty || openDrag != nil }
    public var canRedo: Bool { !undone.isEmpty }

    /// Notes a change of `layer`; between `beginDrag` and `endDrag` all changes become one entry.
    public mutating func record(_ title: String, before: [Int: LayerPlan], after: [Int: LayerPlan], fit: Fit? = nil) {
        guard before != after || fit != nil else { return }
        keepTrail()
        if var drag = openDrag {
            drag.title = title
            for (layer, plan) in before where drag.before[layer] == nil { drag.before[layer] = plan }
            drag.after.merge(after) { $1 }
            if let fit { drag.fit = Fit(before: drag.fit.map(\.before) ?? fit.before, after: fit.after) }
            openDrag = drag
        } else {
            done.append(Entry(title: title, before: before, after: after, fit: fit))
        }
    }

    /// Keeps what was undone as steps there and back, so that everything that was ever tried can be walked back to.
    private mutating func keepTrail() {
        done += undone.reversed()
        done += undone.map(\.reversed)
        undone = []
    }

    public mutating func beginDrag() {
        endDrag()
        openDrag = Entry(title: "", before: [:], after: [:])
    }

    /// Closes the open drag; one that came back to where it began leaves no entry.
    public mutating func endDrag() {
        guard let drag = openDrag else { return }
        openDrag = nil
        if drag.before != drag.after || drag.fit != nil { done.append(drag) }
    }

    public mutating func undo() -> Entry? {
        endDrag()
        guard let entry = done.popLast() else { return nil }
        undone.append(entry)
        return entry
    }

    public mutating func redo() -> Entry? {
        endDrag()
        guard let entry = undone.popLast() else { return nil }
        done.append(entry)
        return entry
    }
}
