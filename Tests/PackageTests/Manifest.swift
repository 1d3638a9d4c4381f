import Foundation

/// What `Package.swift` says of the program's modules, read as text: its order is that of the manifest.
struct Manifest {
    struct Module: Equatable {
        var wing: String
        var name: String
        /// Modules of the package and names of other packages' products, as the manifest writes them.
        var imports: [String]
    }

    var modules: [Module] = []
    /// The package's folder.
    let root: URL

    init() throws {
        root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let text = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
        for wing in text.components(separatedBy: "= wing(\n").dropFirst() {
            let body = wing.components(separatedBy: "\n    ])\n").first ?? wing
            let name = body.firstMatch(of: #/"(\w+)"/#).map { String($0.1) } ?? ""
            let starts = body.matches(of: #/(?:module\(|\.target\(name: |\.systemLibrary\(name: |\.executableTarget\(\s*name: )\s*"(\w+)"/#)
            for (index, start) in starts.enumerated() {
                let end = index + 1 < starts.count ? starts[index + 1].range.lowerBound : body.endIndex
                let rest = body[start.range.upperBound..<end]
                modules.append(Module(wing: name, name: String(start.1), imports: Self.imports(in: rest)))
            }
        }
    }

    /// What stands in the first brackets: names in quotes, and the two other packages' products by what the manifest calls them.
    private static func imports(in text: Substring) -> [String] {
        let isC = text.contains("linkerSettings") || text.contains("cSettings") || text.contains("providers")
        guard !isC, let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]") else { return [] }
        let products = ["yams": "Yams", "argumentParser": "ArgumentParser"]
        return text[text.index(after: open)..<close].split(separator: ",").map { item in
            let word = item.trimmingCharacters(in: .whitespacesAndNewlines).trimmingCharacters(in: ["\""])
            return products[word] ?? word
        }.filter { !$0.isEmpty }
    }

    /// The Swift files of a folder of the package, with their paths from its root.
    func sources(in folder: String) -> [String] {
        let base = root.appending(path: folder)
        let found = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix(".swift") }.sorted().map { folder + "/" + $0 }
    }

    func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }
}
