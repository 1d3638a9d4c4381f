import Foundation
import Testing

@Suite("The house: modules and their wings")
struct ManifestTests {
    private let manifest: Manifest

    init() throws { manifest = try Manifest() }

    @Test("ARCHITECTURE.md lists the wings and the modules of the manifest, in its order")
    func documented() throws {
        let text = try manifest.text("ARCHITECTURE.md")
        var listed: [[String]] = []
        var wing = ""
        for line in text.split(separator: "\n") {
            if let heading = line.firstMatch(of: #/^### (\w+): /#) { wing = String(heading.1) }
            if !wing.isEmpty, line.hasPrefix("## ") { break }
            guard !wing.isEmpty, let row = line.firstMatch(of: #/^\| (`[^|]+) \|/#) else { continue }
            listed += row.1.matches(of: #/`(\w+)`/#).map { [wing, String($0.1)] }
        }
        #expect(listed == manifest.modules.map { [$0.wing, $0.name] })
        #expect(manifest.modules.count > 30)
    }

    @Test("Every import that the manifest allows is used")
    func used() throws {
        for module in manifest.modules where !module.name.hasPrefix("C") || module.name == "Compression" || module.name == "Composition" {
            var imported: Set<String> = []
            for path in manifest.sources(in: "Sources/\(module.wing)/\(module.name)") {
                for match in try manifest.text(path).matches(of: #/(?m)^(?:@testable |@preconcurrency )?import (?:struct |enum |func )?(\w+)/#) {
                    imported.insert(String(match.1))
                }
            }
            // ThreadSanitizer's words are linked in, and imported nowhere.
            let unused = module.imports.filter { !imported.contains($0) && $0 != "CThreadSanitizer" }
            #expect(unused.isEmpty, "\(module.name) imports \(unused) nowhere")
            #expect(!imported.isEmpty || module.imports.allSatisfy { $0 == "CThreadSanitizer" })
        }
    }

    @Test("Every folder of sources and of tests belongs to a module")
    func folders() throws {
        let names = Set(manifest.modules.map { "\($0.wing)/\($0.name)" })
        for (root, ending) in [("Sources", ""), ("Tests", "Tests")] {
            for wing in Set(manifest.modules.map(\.wing)) {
                let folder = manifest.root.appending(path: "\(root)/\(wing)")
                let found = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
                for name in found where !name.hasPrefix(".") {
                    #expect(name.hasSuffix(ending) && names.contains("\(wing)/\(name.dropLast(ending.count))"), "\(root)/\(wing)/\(name)")
                }
            }
        }
    }

    @Test("No file of the program is longer than 300 lines, and half of them at most 90")
    func lengths() throws {
        // What a program wrote is as long as it is.
        let generated = ["onnx.pb.swift", "WideCharacters.swift"]
        var lengths: [Int] = []
        for path in manifest.sources(in: "Sources") where !generated.contains(where: path.hasSuffix) {
            let count = try manifest.text(path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= 300, "\(path) has \(count) lines")
            lengths.append(count)
        }
        #expect(lengths.sorted()[lengths.count / 2] <= 90)
    }
}
