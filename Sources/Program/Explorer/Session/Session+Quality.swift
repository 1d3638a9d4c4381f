import Basics
import Composition
import Compression
import Evaluation
import Workbench

extension Session {
    /// Opens data for a model and compiles the network, behind what is being measured.
    func openData(_ data: DataChoice, on bench: Workbench) {
        guard let meters else { return }
        quality.submit { [self] _ in
            do {
                let found = try meters.open(bench.model, data)
                if let path = data.path {
                    // One lane writes the memory, or one change would undo another.
                    files.submit("remember") { [self] in memory.rememberData(path, of: bench.path) }
                }
                let counted = bench.model.counted(on: try? data.open(for: bench.model))
                if let graph = counted.graph, graph.sampleShapes != bench.model.graph?.sampleShapes {
                    // Samples of other extents make other multiply-accumulates.
                    let plans = Array(repeating: LayerPlan(), count: counted.layers.count)
                    return post(.reshaped(opened(counted, path: bench.path, isDemo: bench.isDemo, plans: plans, data: data)), from: bench)
                }
                bench.keep(found.meter, on: data)
                post(.dataOpened(name: found.dataName), from: bench)
                bench.keep(found.weigh)
                learn(on: bench)
            } catch {
                bench.unexpect(data)
                post(.dataFailed(message: message(for: error)), from: bench)
            }
        }
    }

    /// Measures a configuration before all else, and posts what is known after each round of samples.
    func measure(_ plans: ChangedPlans, focus: Int?, on bench: Workbench) {
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
                guard let measurable = try? bench.configuration(plans, cancellation: run.token),
                    let position = measurable.position(of: focus)
                else { return }
                try? meter.prepare(measurable.configuration, focus: position, cancellation: run.token) {
                    bench.rank(of: focus) == 0
                }
            }
        ])
    }

    /// Times a configuration in a quiet moment.
    func time(_ plans: ChangedPlans, on bench: Workbench) {
        quality.append([
            { [self] run in
                // What goes wrong here was told by the measurement before.
                guard let meter = bench.meter, let measurable = try? bench.configuration(plans, cancellation: run.token),
                    let seconds = try? meter.time(measurable.configuration, turns: 5, cancellation: run.token)
                else { return }
                post(.timed(original: seconds.original, changed: seconds.changed, of: plans), from: bench)
            }
        ])
    }

    private func measure(
        _ plans: ChangedPlans, focus: Int?, on bench: Workbench, _ token: CancellationToken,
        progress: (QualityReport) -> Void
    ) {
        guard let meter = bench.meter else { return }
        do {
            let measurable = try bench.configuration(plans, cancellation: token)
            try meter.measureKnowingly(
                measurable.configuration, focus: focus.flatMap { measurable.position(of: $0) }, cancellation: token,
                progress: progress)
            if let table = bench.newMargins() { post(.margins(table), from: bench) }
        } catch {
            // Cancellation is an outcome, no failure.
            if error is Cancelled || token.isCancelled { return }
            post(.measuringFailed(message: message(for: error)), from: bench)
        }
    }
}

extension Workbench {
    /// The network of a configuration, its factors refined and its values worked out.
    func configuration(_ changed: ChangedPlans, cancellation: CancellationToken) throws -> Measurable {
        let plans = model.layers.indices.map { changed[$0] ?? LayerPlan() }
        try composer.measureData(for: plans, on: data, niceness: 10, cancellation: cancellation)
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        return try Measurable(plans, shapes, cancellation: cancellation)
    }
}
