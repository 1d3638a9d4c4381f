import ArgumentParser

/// Where a command that takes long keeps what it needs to continue.
struct CheckpointOptions: ParsableArguments {
    @Option(help: "A file to continue from after an interruption, written time and again.", completion: .file())
    var checkpoint: String?

    @Flag(help: "Continue from the checkpoint, where there is one.")
    var resume = false

    func validate() throws {
        if resume, checkpoint == nil { throw ValidationError("--resume needs --checkpoint FILE") }
    }
}
