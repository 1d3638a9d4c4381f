import Basics
import Composition
import Dispatch
import Evaluation

extension Session {
    /// Makes samples; the newest request goes before all.
    func sample(_ request: SampleRequest, on bench: Workbench) {
        samples.submit((bench, request), for: .sheet)
    }

    /// What runs on the lane of samples.
    static func makeSamples(
        _ request: SampleRequest, on bench: Workbench, _ token: CancellationToken, post: (ModelEvent) -> Void
    ) throws {
        let token = patient(token)
        do {
            guard let sampler = try bench.sampler() else { return post(.sampled(.none, of: request)) }
            let configuration = try bench.configuration(request, token)
            switch sampler.kind {
            case .images(let form):
                let made = try sampler.images(of: configuration, count: SamplesScreen.imageCount, cancellation: token)
                post(.sampled(.images(form, original: made.original, changed: made.changed), of: request))
            case .text(let symbols):
                let made = try sampler.text(of: configuration, length: SamplesScreen.textLength, cancellation: token)
                func characters(_ numbers: [Int32]) -> [Unicode.Scalar] {
                    numbers.map { symbols.indices.contains(Int($0)) ? symbols[Int($0)] : "\u{FFFD}" }
                }
                post(.sampled(.text(original: characters(made.original), changed: characters(made.changed)), of: request))
            }
        } catch {
            // Cancellation is an outcome, no failure.
            if error is Cancelled || token.isCancelled { return }
            post(.samplingFailed(message: message(for: error), of: request))
        }
    }

    /// A token that follows another one only after a while: under a hand that keeps moving, what was begun is still shown.
    private static func patient(_ token: CancellationToken) -> CancellationToken {
        let patient = CancellationToken()
        @Sendable func follow(after milliseconds: Int, _ follower: WeakToken) {
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
                guard let patient = follower.token else { return }
                if token.isCancelled { patient.cancel() } else { follow(after: 50, follower) }
            }
        }
        follow(after: 400, WeakToken(token: patient))
        return patient
    }

    /// A token that whoever runs keeps alive.
    private struct WeakToken: Sendable {
        weak let token: CancellationToken?
    }
}

extension Workbench {
    /// The network that is to be looked at.
    fileprivate func configuration(_ request: SampleRequest, _ token: CancellationToken) throws -> Configuration {
        guard let network = request.recovered else {
            return try configuration(request.plans, cancellation: token).configuration
        }
        return try network.configuration(cancellation: token)
    }
}
