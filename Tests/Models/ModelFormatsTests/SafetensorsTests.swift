import ModelFormats
import NeuralNetwork
import TensorCore
import Testing

@Suite("safetensors")
struct SafetensorsTests {
    static let folder = Goldens.folder + "safetensors/"

    /// A file of a header and so many bytes of data.
    static func file(_ header: String, data: Int = 0, claimed: UInt64? = nil) -> [UInt8] {
        let length = claimed ?? UInt64(header.utf8.count)
        return withUnsafeBytes(of: length.littleEndian) { Array($0) } + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    static func failure(_ bytes: [UInt8], as name: String = "a.safetensors") -> String {
        message { () throws(ModelFileError) in try open(bytes, as: name) } ?? "opened"
    }

    @Test("Tensors read as the safetensors package reads them")
    func values() throws {
        for row in try Goldens.rows("safetensors/cases.tsv") {
            let model = try ModelFile.open(path: Self.folder + row[0])
            let tensor = try #require(model.tensors.first { $0.name == row[1] }, "\(row[1])").tensor
            #expect(tensor.shape.description == row[3])
            let expected = row[4].split(separator: ",").compactMap { Double($0) }
            if tensor.elementType.isReadableAsFloat { #expect(try tensor.floats() == expected.map(Float.init), "\(row[1])") }
        }
    }

    @Test("Every tensor of two dimensions is a layer, with the bias beside it")
    func layers() throws {
        let model = try ModelFile.open(path: Self.folder + "mixed.safetensors")
        #expect(model.format == "safetensors")
        #expect(model.layers.map(\.name).sorted() == ["brain.weight", "double.weight", "fc.weight", "half.weight"])
        let fc = try #require(model.layers.first { $0.name == "fc.weight" })
        #expect(fc.bias.map { model.tensors[$0].name } == "fc.bias")
        #expect(fc.operation == "Tensor")
        #expect(fc.macs == .unknown(reason: "no graph in the file"))
        #expect(model.parameterCount == 12 + 3 + 10 + 6 + 8 + 1)
        #expect(model.structureByteCount + model.tensors.reduce(0) { $0 + $1.tensor.byteCount } == model.fileByteCount)
    }

    @Test("An index opens its shards as one model")
    func shards() throws {
        let model = try ModelFile.open(path: Self.folder + "model.safetensors.index.json")
        #expect(model.format == "safetensors, 2 shards")
        #expect(model.layers.map(\.name) == ["a.weight", "b.weight"])
        #expect(model.tensors.map(\.name).sorted() == ["a.bias", "a.weight", "b.weight"])
        #expect(model.parameterCount == 12 + 4 + 8)
    }

    @Test("A shard or tensor the index names and nobody holds is told")
    func missingShards() {
        let cases = [
            (#"{"weight_map": {"w": "none.safetensors"}}"#, "tensor “w” is in “/tmp"),
            (#"{"weight_map": {"w": "../none.safetensors"}}"#, "lies outside of the index's folder"),
            (#"{"weight_map": {"w": "a", "w": "b"}}"#, "each name once, found “w” again"),
            (#"{"metadata": {"total_size": 1}}"#, "no weight_map"),
            (#"{"weight_map": {"w": 3}}"#, "should be a string, found “3”"),
            (#"{"weight_map": {"w": "a""#, "found the end"),
        ]
        for (index, expected) in cases {
            #expect(Self.failure(Array(index.utf8), as: "m.safetensors.index.json").contains(expected))
        }
        let folder = TemporaryFolder()
        _ = folder.write(Self.file(#"{"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 1), "s.safetensors")
        let path = folder.write(Array(#"{"weight_map": {"w": "s.safetensors"}}"#.utf8), "m.safetensors.index.json")
        let found = message { () throws(ModelFileError) in try ModelFile.open(path: path) }
        #expect(found?.contains("tensor “w” should be in “s.safetensors”, found no such tensor there") == true)
    }

    @Test("A header longer than the file is refused before anything is allocated")
    func hugeHeader() {
        let found = Self.failure(Self.file("{}", claimed: 1_000_000_000_000_000_000))
        #expect(found.contains("header at byte 8 needs 1,000,000,000,000,000,000 bytes, 2 are left"))
        #expect(Self.failure(Self.file("{}", claimed: .max)).contains("cut off"))
    }

    @Test("Offsets that overlap, leave a gap or run out of the file are refused")
    func offsets() {
        func two(_ first: String, _ second: String, data: Int) -> String {
            Self.failure(
                Self.file(
                    #"{"a":{"dtype":"U8","shape":[4],"data_offsets":\#(first)},"b":{"dtype":"U8","shape":[4],"data_offsets":\#(second)}}"#,
                    data: data))
        }
        #expect(two("[0,4]", "[4,8]", data: 8) == "opened")
        #expect(two("[0,4]", "[3,7]", data: 8).contains("tensor “b” should be at data offset 4, found offset 3"))
        #expect(two("[0,4]", "[5,9]", data: 9).contains("found offset 5"))
        #expect(two("[0,4]", "[4,8]", data: 7).contains("tensor “b” needs 8 bytes, 7 are left"))
        #expect(two("[0,4]", "[4,8]", data: 10).contains("found 2 more bytes"))
        #expect(two("[0,5]", "[5,9]", data: 9).contains("tensor “a” should be 4 of U8, found 5 bytes"))
        #expect(two("[4,0]", "[4,8]", data: 8).contains("two rising data_offsets"))
        #expect(two("[0,4]", "[4,99999999999999999999]", data: 8).contains("a number below 2⁶³"))
    }

    @Test("A header that is not what the format asks for is refused with its place")
    func headers() {
        let entry = #"{"dtype":"F32","shape":[],"data_offsets":[0,4]}"#
        let cases = [
            ("[]", "an object, found “[”"),
            (#"{"a":\#(entry),"a":\#(entry)}"#, "each name once"),
            (#"{"a":{"dtype":"F32","dtype":"F32"}}"#, "each key once"),
            (#"{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}"#, "of a known dtype, found “F31”"),
            (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, "a whole number, found “-”"),
            (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, "a whole number, found “.”"),
            (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, "a whole number"),
            (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, "of a possible shape"),
            (#"{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,4]}}"#, "found 4 bytes"),
            (#"{"a":\#(entry)"#, "found the end"),
            (#"{"a":\#(entry)}x"#, "the end of the text, found “x”"),
            (#"{"a\#u{1}":\#(entry)}"#, "the end of a string"),
            (#"{"\ud800":\#(entry)}"#, "a Unicode character"),
            (#"{"__metadata__":\#(String(repeating: "[", count: 200))"#, "an object"),
        ]
        for (header, expected) in cases {
            let found = Self.failure(Self.file(header, data: 4))
            #expect(found.contains(expected), "\(header): \(found)")
            #expect(found.contains("byte") || found.contains("tensor"))
        }
    }

    @Test("Escapes in names are read, and padding behind the header is allowed")
    func escapes() throws {
        let model = try open(
            Self.file(#"{"a\u00e9\ud83d\ude00\n\"":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[{"y":null}]}}   "#, data: 4),
            as: "a.safetensors")
        #expect(model.tensors.map(\.name) == ["aé😀\n\""])
    }

    @Test("A header length that begins like another format's file does not mislead")
    func headerLengths() throws {
        // “<” as web pages begin, gzip's first two bytes, and a pickle's first three.
        for length in [0x3c, 0x7b, 0x8b1f, 0x8a0280] {
            let header = "{}" + String(repeating: " ", count: length - 2)
            #expect(try open(Self.file(header), as: "a.bin").format == "safetensors")
        }
    }

    @Test("Types without a Swift form count as structure")
    func opaqueTypes() throws {
        let model = try open(
            Self.file(#"{"a":{"dtype":"F4","shape":[6],"data_offsets":[0,3]}}"#, data: 3), as: "a.safetensors")
        #expect(model.tensors.isEmpty)
        #expect(model.structureByteCount == model.fileByteCount)
    }
}
