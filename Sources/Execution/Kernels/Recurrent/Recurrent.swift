extension KernelLibrary {
    static let recurrent: [String: Maker] = [:]
}
