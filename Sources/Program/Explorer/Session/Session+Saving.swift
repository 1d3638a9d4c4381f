import Jobs

/// Files that a person asked for.
extension Session {
    /// Queues the writing of a file that leaving has to wait for.
    func save(_ job: String, on lane: Lane, _ work: @escaping @Sendable () throws -> Void) {
        saving.begin()
        lane.submit(job) { [saving] in
            defer { saving.end() }
            try work()
        }
    }

    /// Blocks until what a person asked for is written; false where that took longer than `timeout`.
    public func waitUntilSaved(timeout: Duration) -> Bool { saving.waitUntilIdle(timeout: timeout) }
}
