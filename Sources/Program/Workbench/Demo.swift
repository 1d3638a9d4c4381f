import CAssets

/// A network that comes with Pare, so that there is something to look at before any file is opened. `make demos` trains them.
public struct Demo: Sendable, Hashable {
    /// The name it is opened by, and its asset's.
    public let name: String
    /// What it works on, and what kind of network it is: `digits` and `CNN`.
    public let subject: String
    public let kind: String
    public let network: String
    /// The part of the drawn test digits that it tells right; nil of networks that tell nothing.
    public let accuracy: Double?

    public static let all = [
        Demo(name: "digits-cnn", subject: "digits", kind: "CNN", network: "LeNet-5", accuracy: 0.9955),
        Demo(name: "digits-rnn", subject: "digits", kind: "RNN", network: "LSTM 128", accuracy: 0.995),
        Demo(name: "digits-gan", subject: "digits", kind: "GAN", network: "DCGAN", accuracy: nil),
    ]

    /// The asset that holds it.
    public var asset: String { "models/\(name).onnx" }

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
