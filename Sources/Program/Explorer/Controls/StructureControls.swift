import Compression
import Factorization

/// What the controls of a layer's shape must know of it.
public struct StructureContext: Sendable, Hashable {
    /// Filters the layer has; 0 where they are not followed.
    public var filterCount = 0
    /// Filters that stay: by its own rule, or because layers it goes with lost theirs.
    public var filtersKept = 0
    /// How its weights are read as kernels; nil where they cannot be split.
    public var layout: KernelLayout?
    /// Ranks in force; nil while the layer is whole.
    public var ranks: Ranks?

    public init() {}

    /// The largest ranks there are.
    var full: Ranks {
        guard let layout else { return Ranks(1) }
        return layout.isMatrix ? Ranks(min(layout.out, layout.in)) : Ranks(out: layout.out, in: layout.in)
    }
}

/// The filters slider: how many stay, all at its right end.
enum FilterControl {
    static func position(of rule: FilterRule?, _ context: StructureContext) -> Double {
        guard context.filterCount > 0 else { return 1 }
        let kept = rule.map { $0.amount.kept(of: context.filterCount) } ?? context.filtersKept
        return Double(kept) / Double(context.filterCount)
    }

    static func rule(at position: Double, _ now: FilterRule?, _ context: StructureContext) -> FilterRule? {
        keeping(Int((position * Double(context.filterCount)).rounded()), now, context)
    }

    static func stepped(_ now: FilterRule?, by steps: Int, _ context: StructureContext) -> FilterRule? {
        let kept = now.map { $0.amount.kept(of: context.filterCount) } ?? context.filtersKept
        return keeping(kept + steps, now, context)
    }

    private static func keeping(_ count: Int, _ now: FilterRule?, _ context: StructureContext) -> FilterRule? {
        guard count < context.filterCount else { return nil }
        return FilterRule(.keep(max(1, count)), by: now?.criterion ?? .l1)
    }

    /// Reads `40`, `75%`, or `all`.
    static func parse(_ text: String, _ now: FilterRule?) -> Result<FilterRule?, TypedValueError> {
        let text = text.lowercased()
        if text == "all" || text == "off" { return .success(nil) }
        let criterion = now?.criterion ?? .l1
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .success(percent == 100 ? nil : FilterRule(.fraction(percent / 100), by: criterion))
        }
        guard let count = Int(text), count >= 1 else {
            return .failure(TypedValueError("\(text) is no number of filters: type 40, 75% or all"))
        }
        return .success(FilterRule(.keep(count), by: criterion))
    }
}

/// The rank sliders: whole at their right ends.
enum RankControl {
    static func position(of rule: FactorRule?, _ control: Control, _ context: StructureContext) -> Double {
        let full = side(control, of: context.full)
        return Double(side(control, of: ranks(rule, context))) / Double(max(1, full))
    }

    static func rule(at position: Double, _ now: FactorRule?, _ control: Control, _ context: StructureContext) -> FactorRule? {
        let full = side(control, of: context.full)
        return setting(Int((position * Double(full)).rounded()), now, control, context)
    }

    static func stepped(_ now: FactorRule?, by steps: Int, _ control: Control, _ context: StructureContext) -> FactorRule? {
        setting(side(control, of: ranks(now, context)) + steps, now, control, context)
    }

    /// Reads a rank, a part of the energy such as `90%`, `auto`, or `off` for a layer left whole.
    static func parse(
        _ text: String, _ now: FactorRule?, _ control: Control, _ context: StructureContext
    ) -> Result<FactorRule?, TypedValueError> {
        let text = text.lowercased()
        if text == "off" || text == "whole" { return .success(nil) }
        if !text.isEmpty, "automatic".hasPrefix(text) { return .success(.automatic) }
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), percent > 0, percent <= 100 {
            return .success(percent == 100 ? nil : .energy(percent / 100))
        }
        guard let rank = Int(text), rank >= 1 else {
            return .failure(TypedValueError("\(text) is no rank: type a number, 90% of the energy, auto, or whole"))
        }
        return .success(setting(rank, now, control, context))
    }

    /// The ranks of a rule; all where the layer is whole.
    private static func ranks(_ rule: FactorRule?, _ context: StructureContext) -> Ranks {
        let full = context.full
        switch rule {
        case nil: return full
        case .automatic, .energy: return context.ranks ?? full
        case .rank(let rank): return Ranks(out: min(rank, full.out), in: min(rank, full.in))
        case .tucker(let out, let `in`): return Ranks(out: min(out, full.out), in: min(`in`, full.in))
        }
    }

    private static func side(_ control: Control, of ranks: Ranks) -> Int { control == .rankIn ? ranks.in : ranks.out }

    private static func setting(_ rank: Int, _ now: FactorRule?, _ control: Control, _ context: StructureContext) -> FactorRule? {
        let full = context.full
        var ranks = ranks(now, context)
        let rank = min(side(control, of: full), max(1, rank))
        if context.layout?.isMatrix ?? true {
            ranks = Ranks(rank)
        } else if control == .rankIn {
            ranks.in = rank
        } else {
            ranks.out = rank
        }
        guard ranks != full else { return nil }
        return context.layout?.isMatrix ?? true ? .rank(ranks.out) : .tucker(out: ranks.out, in: ranks.in)
    }
}
