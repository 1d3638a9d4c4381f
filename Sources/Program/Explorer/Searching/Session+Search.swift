import Basics
import Reports
import Search
import Synchronization
import Workbench

/// Searches in the background, one at a time.
extension Session {
    /// Searches for the best configuration within a budget, as `pare search` does.
    func search(_ request: SearchRequest, on bench: Workbench) {
        searchPause.release()
        searches.submit(.find, rank: 0, job: "search") { [self] token in
            post(.searchEnded(request.number, end(of: request, on: bench, token)), from: bench)
        }
    }

    /// Ends the search that is under way with the best so far, and looking for fronts.
    func stopSearch() {
        searches.cancel(.find)
        for price in [SearchPrice.bytes, .macs] { fronts.cancel(price) }
        searchPause.release()
    }

    private func end(of request: SearchRequest, on bench: Workbench, _ token: CancellationToken) -> SearchEnd {
        guard bench.data != .random || bench.data.isNatural(for: bench.model) else {
            return .failed("what layers can lose is told by samples: d chooses some")
        }
        let isMACs = if case .macs = request.budget { true } else { false }
        let stages: Set<SearchStage> = isMACs ? [.filters, .ranks] : [.share]
        var best: FoundNetwork?
        do {
            // A frame for every hundredth, and for other words, is enough.
            let told = Mutex<(Int, String)>((-1, ""))
            let search = try RecipeSearch(
                bench.composer, data: bench.data, stages: stages, scope: request.scope, reconstructs: true, meters: meters ?? .evaluators(),
                cancellation: token
            ) { [self] fraction, words in
                searchPause.wait()
                let isNew = told.withLock { told in
                    let now = (Int(fraction * 100), words)
                    defer { told = now }
                    return told != now
                }
                if isNew { post(.searching(request.number, fraction, words), from: bench) }
            }
            let rule = search.reconstruct?.rule
            func ended(_ network: FoundNetwork, isWhole: Bool) -> SearchEnd {
                .found(
                    network, fitted: rule, isWhole: isWhole,
                    note: search.note(of: request.budget.text, seed: 0, isWhole: isWhole))
            }
            do {
                let found = try search.find(request.budget, seed: 0) { [self] network in
                    best = network
                    post(.searchBetter(request.number, network, fitted: rule), from: bench)
                }
                return ended(found, isWhole: true)
            } catch is Cancelled {
                guard let best else { return .failed("stopped before there was anything to keep") }
                return ended(best, isWhole: false)
            }
        } catch let outOfReach as BudgetOutOfReach {
            return .failed(TextReport.words(for: outOfReach, request.budget.price, named: "it", stages, of: bench.model.name))
        } catch is Cancelled {
            return .failed("stopped before there was anything to keep")
        } catch {
            return .failed(message(for: error))
        }
    }

    /// Works out what configurations are expected to lose, from all that is there to none.
    func findFront(_ price: SearchPrice, on bench: Workbench) {
        guard let importance = bench.importance else { return post(.frontComes(nil), from: bench) }
        fronts.submit(price, rank: 0, job: "look for the front") { [self] token in
            do {
                let front = try NetworkSearch.foretoldFront(
                    of: bench.composer, importance, price, stages: price == .macs ? [.ranks] : [.share], cancellation: token
                ) { [self] in post(.frontComes($0), from: bench) }
                post(.front(front, price), from: bench)
            } catch {
                post(.frontComes(nil), from: bench)
                if !(error is Cancelled), !token.isCancelled { throw error }
            }
        }
    }
}
