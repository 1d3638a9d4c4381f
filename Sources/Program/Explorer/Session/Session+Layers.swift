import Basics
import Composition
import Compression
import Factorization
import Jobs
import Synchronization

/// Work on single layers and on shapes, in the order in which a person wants it.
extension Session {
    func prioritise(_ order: [Int], on bench: Workbench) {
        bench.prioritise(order)
        pool.rank { work in rank(of: work, on: bench) }
    }

    /// The layer on screen before all; then what changed; then what was never read.
    private func rank(of work: Work, on bench: Workbench) -> Int {
        switch work {
        case .count(let layer): bench.rank(of: layer) * 4
        case .prepare(let layer): bench.rank(of: layer) == 0 ? 1 : 1_000_000 + bench.rank(of: layer) * 4
        case .survey(let layer): bench.rank(of: layer) * 4 + 2
        case .decompose(let layer): bench.rank(of: layer) * 4 + 1
        case .compose: 2
        }
    }

    func prepareAll(_ bench: Workbench) {
        for layer in bench.model.layers.indices {
            let name = bench.model.layers[layer].name
            pool.submit(.prepare(layer), rank: rank(of: .prepare(layer), on: bench), job: "read \(name)") { [self] token in
                // A frame for every tenth is enough to see that it goes on.
                let tenths = Mutex(0)
                let weights = try bench.composer.weights(of: layer).read()
                do throws(PreparationFailure) {
                    let tables = try LayerTables(preparing: weights, cancellation: token) { [self] fraction in
                        let isNew = tenths.withLock { tenths in
                            defer { tenths = Int(fraction * 10) }
                            return tenths != Int(fraction * 10)
                        }
                        if isNew { post(.preparing(layer: layer, fraction: fraction), from: bench) }
                    }
                    bench.composer.keep(tables, of: layer)
                    post(.prepared(layer: layer, LayerScale(tables.statistics)), from: bench)
                } catch {
                    guard let reason = error.reason else { return }
                    bench.composer.refuse(layer, reason: reason)
                    post(.refused(layer: layer, reason: reason), from: bench)
                }
            }
        }
    }

    /// Weights up to which all coders are tried: some two seconds on one core.
    private static let comparedCount = 1 << 24

    func count(_ request: CountRequest, on bench: Workbench) {
        let layer = request.layer
        let placed = request.shapes.placed(layer)
        guard placed.tables != nil else { return }
        pool.submit(.count(layer), rank: rank(of: .count(layer), on: bench), job: "count") { [self] token in
            let figures =
                try request.known
                ?? placed.exactFigures(request.plan, token)
            if request.known == nil { post(.counted(layer: layer, generation: request.generation, figures), from: bench) }
            // What the other coders would take is worth a pass for the layer that one looks at.
            guard bench.rank(of: layer) == 0, figures.weightsLeft <= Session.comparedCount, figures.coders?.context == nil
            else { return }
            if let compared = try placed.compareCoders(request.plan, token) {
                post(.counted(layer: layer, generation: request.generation, compared), from: bench)
            }
        }
    }

    /// Works out the ranks that are still to come, behind the shapes that are known.
    func compose(_ plans: [LayerPlan], on bench: Workbench) {
        pool.submit(.compose, rank: rank(of: .compose, on: bench), job: "choose ranks") { [self] token in
            do {
                try bench.composer.measureData(for: plans, on: bench.data, niceness: 10, cancellation: token)
            } catch  where !(error is Cancelled) {
                post(.failed(message: "activations were not measured: \(message(for: error))"), from: bench)
            }
            let shapes = try bench.composer.compose(plans, patience: .thorough, cancellation: token)
            post(.composed(shapes, of: plans), from: bench)
        }
    }

    /// Works out a layer's spectra, where they are not there.
    func decompose(_ request: PictureRequest, on bench: Workbench) {
        let layer = request.subject.layer
        pool.submit(.decompose(layer), rank: rank(of: .decompose(layer), on: bench), job: "decompose") { [self] token in
            do {
                if try request.layer.preparedEnergyTable(request.aim.norm, token) == nil {
                    // What the data says was not asked before.
                    var plans = bench.model.layers.map { _ in LayerPlan() }
                    plans[layer].factorize = .energy(1, norm: .data)
                    try bench.composer.measureData(for: plans, on: bench.data, niceness: 10, cancellation: token)
                    _ = try request.layer.preparedEnergyTable(request.aim.norm, token)
                }
                post(.decomposed(layer: layer), from: bench)
            } catch  where !(error is Cancelled) {
                post(.notDecomposed(layer: layer, reason: message(for: error)), from: bench)
            }
        }
    }

    /// Prepares the map of a layer that is too large to be walked through at every drag.
    func survey(_ request: PictureRequest, on bench: Workbench) {
        let (subject, part, layer) = (request.subject, request.part, request.subject.layer)
        pool.submit(.survey(layer), rank: rank(of: .survey(layer), on: bench), job: "survey") { [self] token in
            guard part.layer.isReady else { return }
            var isNew = false
            if bench.magnitudes(of: subject) == nil {
                let map = try MagnitudeMap(
                    preparing: part.weights.read(), tables: part.preparedTables(token), view: subject.matrix, cancellation: token)
                bench.keep(map, of: subject)
                isNew = true
            }
            if let network = request.aim.recovered, case let place = RecoveredSubject(network, subject), bench.recovered(place) == nil,
                let tensor = try RecoveredTensor(request, network, token)
            {
                bench.keep(tensor, of: place)
                isNew = true
            }
            if isNew { post(.surveyed(layer: layer), from: bench) }
        }
    }
}
