/// A recipe that is another on the disk than the one that was read, while a new one is to be written over it.
public struct RecipeConflict: Sendable, Hashable {
    public var path: String
    public var lines: [Line]

    /// A line of both texts, or of one.
    public struct Line: Sendable, Hashable {
        public enum Side: Sendable, Hashable { case both, disk, screen }
        public var side: Side
        public var text: String
    }

    /// Compares the text on the disk with that of the configuration on the screen, line by line.
    public init(path: String, disk: String, screen: String) {
        self.path = path
        let (old, new) = (Self.lines(disk), Self.lines(screen))
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(Line(side: .disk, text: old[left]))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                lines.append(Line(side: .screen, text: new[right]))
                right += 1
            } else {
                lines.append(Line(side: .both, text: left < old.count ? old[left] : new[right]))
                left += 1
                right += 1
            }
        }
        self.lines = lines
    }

    /// Texts are compared as far as a person would read them.
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).prefix(2000).map { String($0.prefix(400)) }
    }
}
