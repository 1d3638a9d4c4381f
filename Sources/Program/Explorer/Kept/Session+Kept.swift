import Basics
import Compression
import Glibc
import Recipes

/// Work that was not saved: kept as it goes on, and offered again.
extension Session {
    /// Looks for work on a model that was left behind, and offers the newest.
    func offerWork(on bench: Workbench) {
        files.submit("look for kept work") { [self] in
            let (works, problem) = works.abandoned(model: bench.path)
            if let problem { post(.failed(message: problem), from: bench) }
            guard let work = works.first else { return }
            do {
                let recipe = try Recipe(yaml: Array(work.recipe.utf8))
                let plans = try recipe.plans(for: bench.model)
                var offer = WorkOffer(
                    open: OpenModel(bench), work: work, plans: plans, savedPlans: plans.map { _ in LayerPlan() },
                    reconstruct: recipe.reconstruct, savedReconstruct: nil, recipeDigest: nil, time: clock(work.saved),
                    modelHasChanged: !work.isDemo && work.modelFile != bench.fileState)
                offer.tried = work.tried?.tried(of: bench.model) ?? []
                if let read = lookAgain(at: work.recipePath), let plans = try? read.recipe.plans(for: bench.model) {
                    offer.savedPlans = plans
                    offer.savedReconstruct = read.recipe.reconstruct
                    offer.recipeDigest = read.digest
                }
                post(.workFound(offer), from: bench)
            } catch {
                let name = fileName(of: work.model)
                post(.failed(message: "work kept on \(name) at \(clock(work.saved)) does not fit it any more: \(message(for: error))"), from: bench)
            }
        }
    }

    /// Removes work that was restored or discarded; restored work is kept as this process's before.
    func forgetWork(_ file: String) {
        files.submit("forget kept work") { [self] in
            keeper.flush()
            unlink(file)
        }
    }

    /// Ends all work; what is not saved is kept for the next start.
    public func finish() {
        stop()
        keeper.flush()
    }
}

/// A time of day, with the day where that is another one: `10:42`, `20 Nov 10:42`.
func clock(_ seconds: Int) -> String {
    func local(_ seconds: Int) -> tm {
        var time = time_t(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        return parts
    }
    let (then, now) = (local(seconds), local(currentSeconds()))
    func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let time = "\(padded(then.tm_hour)):\(padded(then.tm_min))"
    if then.tm_yday == now.tm_yday, then.tm_year == now.tm_year { return time }
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return "\(then.tm_mday) \(months[Int(then.tm_mon) % 12]) \(time)"
}
