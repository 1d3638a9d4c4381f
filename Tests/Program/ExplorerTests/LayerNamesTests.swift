import Testing

@testable import Explorer
@testable import Reports

/// Names as exporters give them to the layers of well-known networks.
private enum ExportedNames: String, CaseIterable {
    case denseNet, denseNetScopes, mobileNet, googLeNet, detector, recurrent, numbers

    var names: [String] {
        switch self {
        case .denseNet, .denseNetScopes:
            var names = ["features.conv0"]
            for (block, count) in [6, 12, 24, 16].enumerated() {
                for layer in 1...count {
                    for conv in 1...2 { names.append("features.denseblock\(block + 1).denselayer\(layer).conv\(conv)") }
                }
                if block < 3 { names.append("features.transition\(block + 1).conv") }
            }
            names.append("classifier")
            guard self == .denseNetScopes else { return names }
            return names.map { name in
                let parts = name.split(separator: ".")
                let scopes = parts.indices.map { "/" + parts[0...$0].joined(separator: ".") }
                return scopes.joined() + (name == "classifier" ? "/Gemm" : "/Conv")
            }
        case .mobileNet:
            return ["features.0.0"]
                + (1...15).flatMap { block in
                    (0...3).flatMap { part in
                        part == 2 ? ["features.\(block).block.2.fc1", "features.\(block).block.2.fc2"] : ["features.\(block).block.\(part).0"]
                    }
                } + ["features.16.0", "classifier.0", "classifier.3"]
        case .googLeNet:
            return ["conv1.conv", "conv2.conv", "conv3.conv"]
                + ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"].flatMap { block in
                    ["branch1.conv", "branch2.0.conv", "branch2.1.conv", "branch3.0.conv", "branch3.1.conv", "branch4.1.conv"].map {
                        "inception\(block).\($0)"
                    }
                } + ["fc"]
        case .detector:
            var names: [String] = []
            for layer in [0, 1, 3, 5, 7] { names.append("/model.\(layer)/conv/Conv") }
            for layer in [2, 4, 6, 8, 12, 15, 18, 21] {
                for part in ["cv1", "cv2", "m.0/cv1", "m.0/cv2"] {
                    let scopes = part.hasPrefix("m.0") ? "m/m.0/" + part.dropFirst(4) : part
                    names.append("/model.\(layer)/\(scopes)/conv/Conv")
                }
            }
            for branch in ["cv2", "cv3"] {
                for level in 0...2 {
                    for part in 0...1 { names.append("/model.22/\(branch).\(level)/\(branch).\(level).\(part)/conv/Conv") }
                    names.append("/model.22/\(branch).\(level)/\(branch).\(level).2/Conv")
                }
            }
            return names + ["/model.22/dfl/conv/Conv"]
        case .recurrent:
            return (0...3).flatMap { layer in
                ["", "_reverse"].flatMap { ["encoder.weight_ih_l\(layer)\($0)", "encoder.weight_hh_l\(layer)\($0)"] }
            }
        case .numbers: return (1...300).map { "node_Conv_\($0)" }
        }
    }
}

@Suite("Names of layers within a width")
struct LayerNamesTests {
    @Test("No two read alike from eleven columns on", arguments: ExportedNames.allCases)
    private func areDifferent(kind: ExportedNames) {
        let names = LayerNames(kind.names)
        for width in 11...48 {
            let fitted = names.fitted(to: width)
            #expect(fitted.count == kind.names.count)
            #expect(Set(fitted).count == fitted.count, "\(width): \(duplicates(fitted))")
            #expect(fitted.allSatisfy { $0.count <= width }, "\(width)")
        }
    }

    @Test("Without room for a difference nothing breaks", arguments: [0, 1, 2, 3, 5])
    func narrow(width: Int) {
        let fitted = LayerNames(ExportedNames.denseNet.names).fitted(to: width)
        #expect(fitted.count == ExportedNames.denseNet.names.count)
    }

    @Test("What exporters repeat and all names share is left out; words are cut from the left")
    func forms() {
        let names = LayerNames(["/model.22/cv2.0/cv2.0.0/conv/Conv", "/model.22/cv2.0/cv2.0.1/conv/Conv"])
        #expect(names.reduced == ["cv2.0.0/conv", "cv2.0.1/conv"])
        let dense = LayerNames(ExportedNames.denseNet.names)
        let place = ExportedNames.denseNet.names.firstIndex(of: "features.denseblock3.denselayer12.conv1")
        #expect(place.map { dense.fitted(to: 22)[$0] } == "f.d3.denselayer12.conv1" || place.map { dense.fitted(to: 23)[$0] } == "f.d3.denselayer12.conv1")
        #expect(LayerNames(["conv1", "conv2"]).fitted(to: 20) == ["conv1", "conv2"])
        #expect(LayerNames(["fc"]).fitted(to: 20) == ["fc"])
        #expect(LayerNames([]).fitted(to: 20) == [])
        #expect(LayerNames(["", "a", "/", "//"]).fitted(to: 20).count == 4)
    }

    private func duplicates(_ names: [String]) -> [String] {
        Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    }
}
