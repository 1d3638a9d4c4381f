import Compression
import TextFormats
import Yams

extension Recipe {
    /// The recipe as YAML, the same bytes for the same recipe; comments of a file it was read from are not kept.
    public func yaml() throws(RecipeError) -> String {
        do {
            let root = Node.mapping(sections(), in: .block)
            // Unlimited width: a value broken over lines is hard to compare between two versions of a file.
            let body = try serialize(node: root, indent: 2, width: -1, allowUnicode: true)
            return "# A recipe of Pare: what becomes of each layer's weights.\n" + body
        } catch {
            throw RecipeError(path: path, fault: .cannotWrite(reason: printable("\(error)")))
        }
    }

    private func sections() -> [(String, Node)] {
        var sections: [(String, Node)] = [("pare", .word("1"))]
        if let model {
            var pairs: [(String, Node)] = []
            if let path = model.path { pairs.append(("path", .text(path))) }
            if let sha256 = model.sha256 { pairs.append(("sha256", .text(sha256))) }
            if !pairs.isEmpty { sections.append(("model", .mapping(pairs, in: .flow))) }
        }
        if !global.isEmpty { sections.append(("global", global.node)) }
        if !types.isEmpty {
            sections.append(("types", .mapping(types.map { ($0.operation, $0.plan.node) }, in: .block)))
        }
        if !layers.isEmpty {
            sections.append(("layers", .mapping(layers.map { ($0.selector.text, $0.plan.node) }, in: .block)))
        }
        if !ignore.isEmpty {
            let names = ignore.map { Node.text($0.selector.text) }
            sections.append(("ignore", .sequence(.init(names, Tag(.seq, .basic), names.count > 4 ? .block : .flow))))
        }
        if let reconstruct {
            var pairs: [(String, Node)] = [("samples", .word("\(reconstruct.samples)")), ("ridge", .number(reconstruct.ridge))]
            if reconstruct.seed != 0 { pairs.append(("seed", .word("\(reconstruct.seed)"))) }
            sections.append(("reconstruct", .mapping(pairs, in: .flow)))
        }
        if let fitted { sections.append(("fitted", fitted.node)) }
        if let trained { sections.append(("trained", trained.node)) }
        return sections
    }
}

extension LearningRecord {
    /// `{data: cifar10-test.yaml, taken: 320, of: 2000, seed: 0, sha256: 90ad…}`
    fileprivate var node: Node {
        var pairs: [(String, Node)] = [
            ("data", .text(data)), ("taken", .word("\(taken)")), ("of", .word("\(of)")), ("seed", .word("\(seed)")),
        ]
        if let sha256 { pairs.append(("sha256", .text(sha256))) }
        if let original { pairs.append(("original", .text(original))) }
        return .mapping(pairs, in: .flow)
    }
}

extension PartialPlan {
    /// `{prune: {sigma: 1.0}, share: {clusters: 32}}`, the stages in the order they run.
    fileprivate var node: Node {
        var pairs = structurePairs
        switch prune {
        case .off?: pairs.append(("prune", .word("none")))
        case .set(.threshold(let number))?: pairs.append(("prune", .mapping([("threshold", .number(number))], in: .flow)))
        case .set(.sparsity(let number))?: pairs.append(("prune", .mapping([("sparsity", .number(number))], in: .flow)))
        case .set(.sigma(let number))?: pairs.append(("prune", .mapping([("sigma", .number(number))], in: .flow)))
        case nil: break
        }
        switch share {
        case .off?: pairs.append(("share", .word("none")))
        case .set(let keys)?: pairs.append(("share", .mapping(keys.pairs, in: .flow)))
        case nil: break
        }
        if code != PartialCode() { pairs.append(("code", .mapping(code.pairs, in: .flow))) }
        let factors = FactorRole.allCases.compactMap { role in self.factors[role].map { (role.rawValue, $0.node) } }
        if !factors.isEmpty { pairs.append(("factors", .mapping(factors, in: .flow))) }
        return .mapping(pairs, in: .flow)
    }

    private var structurePairs: [(String, Node)] {
        var pairs: [(String, Node)] = []
        switch filters {
        case .off?: pairs.append(("filters", .word("none")))
        case .set(let rule)?: pairs.append(("filters", .mapping(rule.pairs, in: .flow)))
        case nil: break
        }
        switch factorize {
        case .off?: pairs.append(("factorize", .word("none")))
        case .set(let rule)?: pairs.append(("factorize", .mapping([("ranks", rule.ranks)], in: .flow)))
        case nil: break
        }
        return pairs
    }
}

extension FilterRule {
    fileprivate var pairs: [(String, Node)] {
        let amount: (String, Node) =
            switch amount {
            case .keep(let number): ("keep", .word("\(number)"))
            case .fraction(let fraction): ("fraction", .number(fraction))
            }
        return [amount] + (criterion == .l1 ? [] : [("by", .word(criterion.rawValue))])
    }
}

extension FactorRule {
    fileprivate var ranks: Node {
        switch self {
        case .automatic: .word("auto")
        case .energy(let part): .mapping([("energy", .number(part))], in: .flow)
        case .rank(let rank): .word("\(rank)")
        case .tucker(let out, let `in`):
            .sequence(.init([.word("\(out)"), .word("\(`in`)")], Tag(.seq, .basic), .flow))
        }
    }
}

extension PartialShare {
    fileprivate var pairs: [(String, Node)] {
        var pairs: [(String, Node)] = []
        if let clusters { pairs.append(("clusters", .word("\(clusters)"))) }
        if let step { pairs.append(("step", .number(step))) }
        if let method { pairs.append(("init", .word(method.rawValue))) }
        if let seed { pairs.append(("seed", .word("\(seed)"))) }
        return pairs
    }
}

extension PartialCode {
    fileprivate var pairs: [(String, Node)] {
        var pairs: [(String, Node)] = []
        if let entropy { pairs.append(("entropy", .word(entropy.rawValue))) }
        switch gapBits {
        case .automatic?: pairs.append(("gapBits", .word("auto")))
        case .fixed(let bits)?: pairs.append(("gapBits", .word("\(bits)")))
        case nil: break
        }
        if let layout { pairs.append(("layout", .word(layout.rawValue))) }
        return pairs
    }
}
