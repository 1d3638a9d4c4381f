import CAssets

/// A network that comes with Pare, so that there is something to look at before any file is opened.
public struct Demo: Sendable, Hashable {
    /// The name it is opened by.
    public let name: String
    /// What it is, as the start screen says it.
    public let title: String
    public let detail: String
    /// The asset that holds it.
    public let asset: String

    public static let all = [
        Demo(
            name: "digits", title: "digits", detail: "LeNet-300-100 on drawn digits",
            asset: "models/lenet-300-100.onnx")
    ]

    public var fileName: String { String(asset.split(separator: "/").last ?? "") }

    /// Bytes of the model file.
    public var byteCount: Int { Asset.named(asset)?.count ?? 0 }
}

/// A file built into the program.
public struct Asset: @unchecked Sendable {
    // Invariant behind `@unchecked`: the bytes are constants of the program.
    public let name: String
    public let bytes: UnsafeRawBufferPointer

    /// The bytes of the asset of this name, which live as long as the program; nil where there is none.
    public static func named(_ name: String) -> UnsafeRawBufferPointer? {
        all.first { $0.name == name }?.bytes
    }

    /// Every asset with its name.
    public static let all: [Asset] = (0..<pare_asset_count()).map { index in
        Asset(
            name: String(cString: pare_asset_name(index)),
            bytes: UnsafeRawBufferPointer(start: pare_asset_data(index), count: pare_asset_size(index)))
    }
}
