import CAssets
import FoundationEssentials
import Testing

@Suite("Built-in files")
struct AssetTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("Every theme and every demo model is built in, byte for byte")
    func everyFileIsBuiltIn() throws {
        let folders = [("themes", "yaml", "themes"), ("models", "onnx", "Sources/Shims/CAssets/models")]
        var expected: Set<String> = []
        for (name, suffix, folder) in folders {
            let path = AssetTests.package.appending(path: folder)
            for file in try FileManager.default.contentsOfDirectory(atPath: path.path) where file.hasSuffix("." + suffix) {
                let stored = try Data(contentsOf: path.appending(path: file))
                expected.insert("\(name)/\(file)")
                #expect(asset(named: "\(name)/\(file)") == stored, "\(name)/\(file) is missing or old")
            }
        }
        #expect(Set((0..<pare_asset_count()).map { String(cString: pare_asset_name($0)) }) == expected)
    }

    @Test("Past the last file there is none")
    func pastTheEnd() {
        #expect(pare_asset_name(pare_asset_count()) == nil)
        #expect(pare_asset_data(pare_asset_count()) == nil)
        #expect(pare_asset_size(pare_asset_count()) == 0)
    }

    private func asset(named name: String) -> Data? {
        for index in 0..<pare_asset_count() where String(cString: pare_asset_name(index)) == name {
            return Data(bytes: pare_asset_data(index), count: pare_asset_size(index))
        }
        return nil
    }
}
