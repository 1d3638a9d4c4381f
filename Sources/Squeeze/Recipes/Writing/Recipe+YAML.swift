import TextFormats
import Yams

extension Recipe {
    /// The recipe as YAML, the same bytes for the same recipe; comments of a file it was read from are not kept.
    public func yaml() throws(RecipeError) -> String {
        do {
            let root = Node.mapping(Self.keys.pairs(self), in: .block)
            // Unlimited width: a value broken over lines is hard to compare between two versions of a file.
            let body = try serialize(node: root, indent: 2, width: -1, allowUnicode: true)
            return "# A recipe of Pare: what becomes of each layer's weights.\n" + body
        } catch {
            throw RecipeError(path: path, fault: .cannotWrite(reason: printable("\(error)")))
        }
    }
}
