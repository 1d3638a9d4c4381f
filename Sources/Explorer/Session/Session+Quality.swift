import Compression
import Evaluation
import TensorCore

extension Session {
    /// Opens data for a model and compiles the network, behind what is being measured.
    func openData(_ data: DataChoice, on bench: Workbench) {
        guard let meters else { return }
        quality.submit { [self] _ in
            do {
                let opened = try meters.open(bench.model, data)
                bench.keep(opened.meter, on: data)
                post(.dataOpened(name: opened.dataName), from: bench)
                guard let path = data.path else { return }
                // One lane writes the memory, or one change would undo another.
                files.submit("remember") { [self] in memory.rememberData(path, of: bench.path) }
            } catch {
                post(.dataFailed(message: message(for: error)), from: bench)
            }
        }
    }

    /// Measures a configuration before all else, and posts what is known after each round of samples.
    func measure(_ plans: ChangedPlans, focus: Int, on bench: Workbench) {
        quality.submit { [self] run in
            measure(plans, focus: focus, on: bench, run.token) { report in
                post(.measured(report, of: plans), from: bench)
                run.delivered()
            }
        }
    }

    /// Measures layers one by one, all others as they were, on so many samples each.
    func measureEffects(of layers: [Int], _ plans: ChangedPlans, samples: Int, on bench: Workbench) {
        var works: [MeasurementLane.Work] = []
        for layer in layers {
            guard let plan = plans[layer] else { continue }
            works.append { [self] run in
                // Nobody works on that layer: what is kept for the one on screen is to stay.
                measure([layer: plan], focus: nil, on: bench, run.token) { report in
                    guard report.samples >= samples || report.isComplete else { return }
                    post(.effectMeasured(report, layer: layer, plan), from: bench)
                    run.token.cancel()
                }
            }
        }
        quality.append(works)
    }

    /// Gets ready for changes of the layer on screen, in a quiet moment, for as long as it is there.
    func prepareFocus(_ focus: Int, _ plans: ChangedPlans, on bench: Workbench) {
        quality.append([
            { run in
                guard let meter = bench.meter, bench.rank(of: focus) == 0 else { return }
                // What goes wrong here will be told by the next measurement.
                try? meter.prepare(
                    bench.configuration(plans, cancellation: run.token), focus: focus, cancellation: run.token
                ) { bench.rank(of: focus) == 0 }
            }
        ])
    }

    private func measure(
        _ plans: ChangedPlans, focus: Int?, on bench: Workbench, _ token: CancellationToken,
        progress: (QualityReport) -> Void
    ) {
        guard let meter = bench.meter else { return }
        do {
            let configuration = try bench.configuration(plans, cancellation: token)
            try meter.measureKnowingly(configuration, focus: focus, cancellation: token, progress: progress)
        } catch {
            // Cancellation is an outcome, no failure.
            if error is Cancelled || token.isCancelled { return }
            post(.measuringFailed(message: message(for: error)), from: bench)
        }
    }
}

extension Workbench {
    /// The values of a configuration's changed layers, whose tables must be there.
    func configuration(_ plans: ChangedPlans, cancellation: CancellationToken) throws -> Configuration {
        var replaced: [Int: ReplacedWeights] = [:]
        for (layer, plan) in plans {
            guard let tables = tables(of: layer) else { continue }
            let tensor = try values.values(of: layer, under: plan) {
                try tables.values(for: plan, weights: weights(of: layer), cancellation: cancellation)
            }
            replaced[layer] = ReplacedWeights(tensor: tensor, plan: plan)
        }
        return Configuration(replaced: replaced)
    }
}
