/// A character key can be written as a literal, in patterns too: `case "j", .down:`.
extension Key: ExpressibleByExtendedGraphemeClusterLiteral {
    public init(extendedGraphemeClusterLiteral character: Character) { self.init(.character(character)) }
}
