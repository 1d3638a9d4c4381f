/// A value of a pickle. Whatever holds others is an object of the heap, referred to by its number there, so that cycles
/// and deep nesting cost neither leaks nor a deep stack.
enum PickleValue: Hashable {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    /// UTF-8 text, by its place in the pickle's bytes.
    case text(Range<Int>)
    case bytes(Range<Int>)
    case object(Int)
}

/// What a pickle's heap holds.
enum PickleObject {
    case list([PickleValue])
    case tuple([PickleValue])
    case dictionary([(key: PickleValue, value: PickleValue)])
    /// A name of the allow-list.
    case known(PickleGlobal)
    /// Any other name; nothing is ever looked up or called.
    case unknown(PickleName)
    case storage(PickledStorage)
    case tensor(PickledTensor)
    case placeholder(PlaceholderObject)
}

/// A qualified name as pickles write it.
struct PickleName: Hashable {
    var module: String
    var name: String

    var text: String { "\(module).\(name)" }
}

/// Stands for an object of a class that Pare does not know: what it was made of, never what it would be.
struct PlaceholderObject {
    var callable: PickleValue
    /// A tuple or list.
    var arguments: PickleValue
    /// What BUILD would give the object; `none` where nothing did.
    var state = PickleValue.none
    var items: [(key: PickleValue, value: PickleValue)] = []
    var elements: [PickleValue] = []
}

/// Where a tensor's elements lie: a storage's key in the file.
struct PickledStorage: Hashable {
    var key: String
    var elements: PickledElements
    /// Elements, or bytes where the storage is untyped.
    var count: Int
    /// The part of a root storage, as PyTorch before 0.4 shared them: its first element and its count.
    var view: Range<Int>?
}

/// A view of a storage, as `torch._utils._rebuild_tensor` takes it; extents and strides are not yet checked.
struct PickledTensor: Hashable {
    var storage: PickledStorage
    /// Type of an element: that of the storage, but where this is untyped.
    var elements: PickledElements
    /// In elements, as the strides.
    var offset: Int
    var extents: [Int]
    var strides: [Int]
}
