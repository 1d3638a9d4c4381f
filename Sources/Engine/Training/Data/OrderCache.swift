import Synchronization

/// The order of the epoch that is being read.
final class OrderCache: Sendable {
    private let kept = Mutex<(epoch: Int, order: [Int])?>(nil)

    func order(epoch: Int, _ make: (Int) -> [Int]) -> [Int] {
        kept.withLock { kept in
            if let kept, kept.epoch == epoch { return kept.order }
            let order = make(epoch)
            kept = (epoch, order)
            return order
        }
    }
}
