import Basics
import Composition
import Compression
import Datasets
import Evaluation
import NeuralNetwork
import Recipes
import Search
import TestNetworks
import Testing

@testable import Workbench

@Suite("Searching for recipes")
struct RecipeSearchTests {
    private let model = Bars.classifier()

    private func search(reconstructs: Bool, _ cancellation: CancellationToken = CancellationToken()) throws -> RecipeSearch {
        try RecipeSearch(
            Composer(model), data: .random, stages: [.share], reconstructs: reconstructs, meters: .evaluators(sampleLimit: 64, standsBack: false),
            cancellation: cancellation
        ) { _, _ in }
    }

    @Test("The recipe that is written makes a file of the bytes that were told, within the budget, fitted or not", arguments: [false, true])
    func recipes(_ reconstructs: Bool) throws {
        let search = try search(reconstructs: reconstructs)
        var better: [Int] = []
        let network = try search.find(.bytes(1_500), seed: 0) { better.append($0.byteCount) }
        let found = try FoundRecipe(network, by: search, budget: "1,500 bytes") { _, _ in }
        #expect(found.account.compressedByteCount == network.byteCount && network.byteCount <= 1_500 && better.last == network.byteCount)
        #expect((found.quality.reconstruction != nil) == reconstructs && search.runs > 0)
        let text = try found.text(of: model, saying: ["found\nby a test"])
        #expect(text.contains("\n# found by a test\npare: 1\n"))
        let recipe = try Recipe(yaml: text)
        let plans = try recipe.plans(for: model)
        #expect(plans == network.plans)
        let calibration = try recipe.reconstruct.map { try Calibration($0, on: .random, of: model) }
        let made = try RecipeNetwork(of: model, plans: plans, calibration: calibration, data: .random).estimate()
        #expect(made.account.compressedByteCount == network.byteCount)
        #expect(try search.front(.bytes).contains { $0.plans == network.plans && $0.measured == network.measured })
    }

    @Test("Filters go together with other stages, within the budget, fitted or not", arguments: [false, true])
    func filters(_ reconstructs: Bool) throws {
        let before = model.layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        for (stages, budget) in [([.filters, .ranks], .macs(before / 2)), ([.filters], .macs(before / 2)), ([.filters, .share], .bytes(900))]
            as [(Set<SearchStage>, SearchBudget)]
        {
            let search = try RecipeSearch(
                Composer(model), data: .random, stages: stages, reconstructs: reconstructs, meters: .evaluators(sampleLimit: 64, standsBack: false),
                cancellation: CancellationToken()
            ) { _, _ in }
            var best: FoundNetwork?
            let found = try search.find(budget, seed: 0) { best = $0 }
            #expect(found.plans == best?.plans && found.measured != nil)
            switch budget {
            case .macs(let limit): #expect(found.macs <= limit && found.macs > limit / 2)
            case .bytes(let limit): #expect(found.byteCount <= limit)
            case .loss: break
            }
            let text = try FoundRecipe(found, by: search, budget: "a budget") { _, _ in }.text(of: model, saying: [])
            #expect(try Recipe(yaml: text).plans(for: model) == found.plans)
        }
    }

    @Test("Layers that are decided keep their plans whatever is found, and the filters that they make or read", arguments: [false, true])
    func decided(_ reconstructs: Bool) throws {
        let before = model.layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        let kept = [0: LayerPlan(prune: .sparsity(0.25)), 1: Recipe.ignoredPlan]
        let short = RestRule(bits: 12)
        let scope = SearchScope(of: model, plans: [LayerPlan(prune: .sparsity(0.25)), Recipe.ignoredPlan, LayerPlan(rest: short)], keeping: [0, 1])
        for (stages, budget) in [([.share], .bytes(3_000)), ([.prune, .share], .loss(0.2)), ([.filters, .ranks], .macs(before * 9 / 10))]
            as [(Set<SearchStage>, SearchBudget)]
        {
            let search = try RecipeSearch(
                Composer(model), data: .random, stages: stages, scope: scope, reconstructs: reconstructs,
                meters: .evaluators(sampleLimit: 64, standsBack: false), cancellation: CancellationToken()
            ) { _, _ in }
            let found: FoundNetwork
            do {
                found = try search.find(budget, seed: 0)
            } catch let outOfReach as BudgetOutOfReach {
                found = outOfReach.cheapest
            }
            #expect(kept.allSatisfy { found.plans[$0.key] == $0.value }, "\(stages)")
            #expect(found.plans.enumerated().contains { kept[$0.offset] == nil && !$0.element.isIdentity }, "\(stages)")
            #expect(found.plans[2].rest == short)
            let shapes = try search.composer.compose(found.plans, patience: .thorough)
            #expect(kept.keys.allSatisfy { shapes.layers[$0].filtersKept == shapes.layers[$0].filterCount })
        }
        let all = SearchScope(of: model, keeping: Set(model.layers.indices))
        #expect(throws: EvaluationError.self) {
            try RecipeSearch(
                Composer(model), data: .random, stages: [.share], scope: all, reconstructs: false, meters: .evaluators(), cancellation: CancellationToken()
            ) { _, _ in }
        }
    }

    @Test("Of limits of time what is slow enough keeps all its work, what nothing keeps to says so, and anything else is none")
    func times() throws {
        func search() throws -> RecipeSearch {
            try RecipeSearch(
                Composer(model), data: .random, stages: [.ranks], reconstructs: false, meters: .evaluators(sampleLimit: 64, standsBack: false),
                cancellation: CancellationToken()
            ) { _, _ in }
        }
        let found = try search().find(.time(.seconds(3_600)), seed: 0)
        #expect(found.macs == model.macs.count && found.plans.allSatisfy { $0.factorize == nil })
        #expect(throws: (any Error).self) { try search().find(.time(.seconds(1e-12)), seed: 0) }
        #expect(TimeLimit("-40%") == .share(0.6) && TimeLimit("12 ms") == .seconds(0.012) && TimeLimit("1.5s") == .seconds(1.5))
        for text in ["40%", "-100%", "0ms", "-3ms", "soon", "", "12", "infs"] { #expect(TimeLimit(text) == nil, "\(text)") }
        #expect(TimeLimit.share(0.6).text == "40.0 % less time")
    }

    @Test("What is fitted, too, keeps to a loss, says when a budget cannot be met, and ends when it is interrupted")
    func budgets() throws {
        let found = try search(reconstructs: true).find(.loss(0.05), seed: 0)
        #expect(try #require(found.report).lostShare <= 0.05)
        let error = #expect(throws: BudgetOutOfReach.self) { try search(reconstructs: true).find(.bytes(200), seed: 0) }
        #expect(try #require(error?.cheapest.byteCount) > 200)
        let token = CancellationToken()
        let stopped = try search(reconstructs: true, token)
        #expect(throws: Cancelled.self) { try stopped.find(.bytes(1_500), seed: 0) { _ in token.cancel() } }
    }

    @Test("No sample both chooses and judges, and few samples are refused", arguments: [9, 60, 250, 999, 10_000])
    func samples(_ count: Int) throws {
        let data = DataSet(name: "bars", content: .samples(Bars(count: count)))
        for rule in [nil, ReconstructRule.sought(for: model, data)] {
            let samples = try SearchSamples(of: model, data, reconstruct: rule)
            let (choosing, share) = (try #require(samples.choosing), try #require(samples.share))
            #expect(samples.predicting <= choosing.lowerBound && !choosing.isEmpty && choosing.upperBound < count)
            // What `evaluate` leaves out by this share is what was looked at.
            #expect(Int((Double(count) * share).rounded()) == choosing.upperBound)
        }
        #expect(throws: EvaluationError.self) { try SearchSamples(of: model, DataSet(name: "two", content: .samples(Bars(count: 2))), reconstruct: nil) }
    }
}
